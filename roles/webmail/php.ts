/** PHP for Roundcube: a pool of its own, and its housekeeping. */
import { plainWord } from "../../quote/config";
import { owned } from "../shared/paths";
import { CLIENT_DIRECTORY, DATA_DIRECTORY, POOL_SOCKET, TEMP_DIRECTORY, USER, type WebmailSettings } from "./args";

/** Bytes of a file whose base64 (RFC 2045: 76 characters and a line end for 57 bytes) still fits the message. */
export function attachmentLimit(messageSizeLimit: number): number {
  return Math.floor((messageSizeLimit * 57) / 78);
}

/** Pool of php-fpm: one user, and only the files it needs. */
export function poolConf(s: WebmailSettings): string {
  const readable = [
    "/usr/share/roundcube",
    "/var/lib/roundcube",
    "/etc/roundcube",
    "/usr/share/php",
    "/usr/share/javascript",
    // Debian links Roundcube's scripts and its log directory to these.
    "/usr/share/nodejs",
    "/usr/share/tinymce",
    "/var/log/roundcube",
    s.caFile,
    CLIENT_DIRECTORY,
    DATA_DIRECTORY,
    TEMP_DIRECTORY,
  ];
  return `${owned("webmail", ";")}
[postfleet-webmail]
user = ${USER}
group = ${USER}
listen = ${POOL_SOCKET}
listen.owner = www-data
listen.group = www-data
listen.mode = 0600

; Processes come with the visitors and go after a while; a process is replaced before it can leak much.
pm = ondemand
pm.max_children = 20
pm.process_idle_timeout = 60s
pm.max_requests = 500
; A search over a large mailbox takes long; a hanging one must end.
request_terminate_timeout = 120s

php_admin_value[open_basedir] = ${readable.map(plainWord).join(":")}
php_admin_value[disable_functions] = exec,passthru,shell_exec,system,proc_open,popen,pcntl_exec,mail
php_admin_flag[allow_url_fopen] = off
php_admin_flag[expose_php] = off
php_admin_flag[display_errors] = off
php_admin_flag[log_errors] = on
php_admin_value[error_log] = syslog
php_admin_value[sys_temp_dir] = ${TEMP_DIRECTORY}
php_admin_value[upload_tmp_dir] = ${TEMP_DIRECTORY}
; The message limit counts base64, the upload does not.
php_admin_value[upload_max_filesize] = ${attachmentLimit(s.messageSizeLimit)}
php_admin_value[post_max_size] = ${s.messageSizeLimit}
php_admin_value[memory_limit] = ${memory(s)}M
`;
}

/** Roundcube holds an attachment several times while it builds the message. */
function memory(s: WebmailSettings): number {
  return 64 + 4 * Math.ceil(s.messageSizeLimit / 1024 ** 2);
}

/** Debian's timers run Roundcube's housekeeping as www-data, which may not read our data. */
export function housekeepingDropIn(): string {
  return `${owned("webmail")}[Service]
User=${USER}
Group=${USER}
`;
}
