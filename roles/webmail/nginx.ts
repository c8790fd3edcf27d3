/** nginx: the webmail, the set-up of mail clients, MTA-STS. Port 80 belongs to the role `certificates`. */
import { nginxString, plainWord } from "../../quote/config";
import { certificatePaths, owned } from "../shared/paths";
import { CLIENT_DIRECTORY, POOL_SOCKET, type WebmailSettings } from "./args";

const listen = `    listen 443 ssl;
    listen [::]:443 ssl;
    http2 on;`;

const tls = (s: WebmailSettings) => {
  const { chain, key } = certificatePaths(s.certificate);
  return `    ssl_certificate ${plainWord(chain)};
    ssl_certificate_key ${plainWord(key)};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off;`;
};

/** sites-enabled/postfleet-webmail.conf. */
export function nginxSite(s: WebmailSettings): string {
  const names = (prefix: string) => s.domains.map((domain) => plainWord(`${prefix}.${domain}`)).join(" ");
  return `${owned("webmail")}
# Login attempts of one address: 20 a minute, 10 at once. Other requests have an empty key, which nginx does not count.
map "$request_method $arg__task" $postfleet_login {
    "POST login" $binary_remote_addr;
    default "";
}
limit_req_zone $postfleet_login zone=postfleet_login:10m rate=20r/m;

server {
${listen}
    server_name ${plainWord(s.name)};
${tls(s)}

    root /var/lib/roundcube/public_html;
    index index.php;
    client_max_body_size ${s.messageSizeLimit};

    add_header Strict-Transport-Security "max-age=31536000" always;
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy same-origin always;
    add_header Permissions-Policy "camera=(), geolocation=(), microphone=()" always;
    # Roundcube runs scripts inside its pages and frames itself. Remote pictures are asked for per message.
    add_header Content-Security-Policy "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'" always;

    location / {
        try_files $uri $uri/ =404;
    }
    location ~ /\\. {
        return 404;
    }
    # The one entry; no other PHP file is run or shown.
    location = /index.php {
        limit_req zone=postfleet_login burst=10 nodelay;
        limit_req_status 429;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $document_root/index.php;
        fastcgi_pass unix:${POOL_SOCKET};
        fastcgi_read_timeout 120s;
    }
    location ~ \\.php$ {
        return 404;
    }
}

# Set-up of mail clients: Thunderbird and others ask with GET, Outlook with POST.
server {
${listen}
    server_name ${names("autoconfig")} ${names("autodiscover")};
${tls(s)}

    location = /mail/config-v1.1.xml {
        alias ${CLIENT_DIRECTORY}/config-v1.1.xml;
        default_type text/xml;
    }
    location = /.well-known/autoconfig/mail/config-v1.1.xml {
        alias ${CLIENT_DIRECTORY}/config-v1.1.xml;
        default_type text/xml;
    }
    # Outlook writes the path in several ways.
    location ~* ^/autodiscover/autodiscover\\.xml$ {
        client_max_body_size 16k;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME ${CLIENT_DIRECTORY}/autodiscover.php;
        fastcgi_pass unix:${POOL_SOCKET};
    }
    location / {
        return 404;
    }
}
${s.mtaStsPolicy === undefined ? "" : mtaSts(s, names("mta-sts"), s.mtaStsPolicy)}`;
}

/** The policy is answered from here: its grammar (RFC 8461, section 3.2) leaves no room for a line that says who owns a file. */
function mtaSts(s: WebmailSettings, names: string, policy: string): string {
  return `
# MTA-STS policy, RFC 8461.
server {
${listen}
    server_name ${names};
${tls(s)}

    location = /.well-known/mta-sts.txt {
        default_type text/plain;
        return 200 ${nginxString(policy)};
    }
    location / {
        return 404;
    }
}
`;
}
