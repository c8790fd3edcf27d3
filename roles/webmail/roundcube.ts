/** Roundcube's own files. */
import { phpString } from "../../quote/programs";
import { owned } from "../shared/paths";
import { program } from "../shared/program";
import { DATABASE, SECRET_FILE, TEMP_DIRECTORY, type WebmailSettings } from "./args";

/** TLS as this site wants it, towards one name. */
const verified = (s: WebmailSettings, name: string) =>
  `['ssl' => ['verify_peer' => true, 'verify_peer_name' => true, 'peer_name' => ${phpString(name)}, 'cafile' => ${phpString(s.caFile)}]]`;

/** config.inc.php. */
export function roundcubeConfig(s: WebmailSettings): string {
  return `<?php
${owned("webmail", "//")}
$config = [];
// $config['des_key']: encrypts the password in the session.
require ${phpString(SECRET_FILE)};
$config['cipher_method'] = 'AES-256-CBC';

// A file of its own and not the one that Debian's dbconfig makes: no installer's question decides where data lies.
$config['db_dsnw'] = ${phpString(`sqlite:///${DATABASE}?mode=0600`)};

// By their public names, so that certificates verify, on this host or another. TLS from the first byte, RFC 8314.
$config['imap_host'] = ${phpString(`ssl://${s.imapHost}:993`)};
$config['imap_conn_options'] = ${verified(s, s.imapHost)};
$config['smtp_host'] = ${phpString(`ssl://${s.submissionHost}:465`)};
$config['smtp_conn_options'] = ${verified(s, s.submissionHost)};
$config['smtp_user'] = '%u';
$config['smtp_pass'] = '%p';
$config['smtp_helo_host'] = ${phpString(s.name)};

$config['product_name'] = ${phpString(s.productName)};
$config['support_url'] = '';
$config['skin'] = 'elastic';
$config['plugins'] = ['archive', 'managesieve', 'markasjunk', 'postfleet', 'zipdownload'];
$config['max_message_size'] = ${s.messageSizeLimit};
// The mailstore makes these for everybody.
$config['create_default_folders'] = false;
$config['archive_mbox'] = 'Archive';
// No dictionary service is asked: what people write stays here.
$config['enable_spellcheck'] = false;

$config['enable_installer'] = false;
$config['use_https'] = true;
$config['trusted_host_patterns'] = [${phpString(`^${s.name.replace(/\./g, "\\.")}$`)}];
$config['x_frame_options'] = 'sameorigin';
$config['session_samesite'] = 'Lax';
// Minutes without a click until the session ends.
$config['session_lifetime'] = 30;
// Failed logins of one name from one address in a minute; nginx and the mailstore count too.
$config['login_rate_limit'] = 5;

$config['log_driver'] = 'syslog';
$config['syslog_id'] = 'roundcube';
$config['log_logins'] = true;
$config['temp_dir'] = ${phpString(`${TEMP_DIRECTORY}/`)};
`;
}

/** The secret part of the configuration. */
export function sessionKeyFile(key: string): string {
  return `<?php\n${owned("webmail", "//")}$config['des_key'] = ${phpString(key)};\n`;
}

/** Filters and vacation by ManageSieve. */
export function managesieveConfig(s: WebmailSettings): string {
  return `<?php
${owned("webmail", "//")}
// STARTTLS on 4190: RFC 5804 knows no other way.
$config['managesieve_host'] = ${phpString(`tls://${s.imapHost}`)};
$config['managesieve_conn_options'] = ${verified(s, s.imapHost)};
// A form of its own for vacation replies, beside the filters.
$config['managesieve_vacation'] = 1;
`;
}

/** Our plugin: it names the person's address to the mailstore, and takes no login that nginx could not count. */
export const roundcubePlugin = () => program("webmail", "roundcube-plugin.php");
