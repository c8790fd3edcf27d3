"""What Debian's programs write that is in no package: short, each with its reason. Nothing else is passed over."""

import re

# Files that are judged by their lines instead (undeclared_lines.py) are here too: that they exist says nothing.
MADE = {
    # path or pattern: who makes it
    r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?": "the accounts: judged one by one; and the copies before the last change",
    r"/etc/\.pwd\.lock": "passwd, while it changes accounts",
    r"/etc/\.updated|/var/spool/cron/atjobs/\.SEQ": "systemd-update-done, at",
    r"/etc/(hosts|environment|nsswitch\.conf)": "the installer; judged line by line",
    r"/etc/pam\.d/common-(account|auth|password|session|session-noninteractive)": "pam-auth-update; judged line by line",
    r"/etc/apt/sources\.list|/etc/apt/sources\.list\.d/debian\.sources": "the installer; judged line by line",
    r"/etc/(hostname|mailname|machine-id|machine-info|fstab|adjtime|timezone|localtime|resolv\.conf|mtab|networks|shells)": "the installer, systemd or a package's script",
    r"/etc/(locale\.gen|locale\.conf|default/(locale|keyboard|console-setup|grub|networking|useradd)|vconsole\.conf|X11/default-display-manager)": "the installer",
    r"/etc/network/interfaces|/etc/network/interfaces\.d/50-cloud-init|/etc/netplan/50-cloud-init\.yaml": "the installer",
    r"/etc/systemd/network/[^/]+\.network": "the installer: how the host is reached",
    r"/etc/(aliases|motd|issue|debian_version|ca-certificates\.conf|kernel-img\.conf)": "packages' scripts",
    r"/etc/(aliases\.db|ld\.so\.cache|ca-certificates\.conf\.dpkg-old|shells\.dpkg-old)": "newaliases, ldconfig, dpkg",
    r"/etc/ssh/ssh_host_(rsa|ecdsa|ed25519)_key(\.pub)?": "ssh-keygen -A: keys of the host itself",
    r"/etc/ssl/certs/ca-certificates\.crt|/etc/ssl/(certs|private)/(ssl-cert-snakeoil|dovecot)\.(pem|key)|/etc/ssl/certs/java(/cacerts)?": "update-ca-certificates, make-ssl-cert",
    r"/etc/(dovecot/private|dovecot)/(dovecot\.(pem|key)|dh\.pem)": "dovecot-core's script",
    r"/etc/postfix/(main\.cf|master\.cf|makedefs\.out|dynamicmaps\.cf)": "postfix' script",
    r"/etc/apt/apt\.conf\.d/(99mmdebstrap|00CDMountPoint|00trustcdrom)": "the installer",
    r"/etc/(dpkg/origins/default|python3/debian_config)|/usr/local/man": "packages' scripts",
    r"/usr/share/dovecot/protocols\.d/\w+\.protocol|/usr/share/rspamd/www/(css|fonts|js)/.+": "packages' scripts",
    r"/etc/ucf\.conf|/etc/cloud/(build\.info|ds-identify\.cfg)": "packages' scripts",
    r"/usr/lib/udev/hwdb\.bin|/etc/udev/hwdb\.bin": "systemd-hwdb",
    r"/usr/lib/[^/]+/(gconv/gconv-modules\.cache|gdk-pixbuf-2\.0/2\.10\.0/loaders\.cache|gio/modules/giomodule\.cache)": "caches",
    r"/run/systemd/system/(session-\d+\.scope|user-\d+\.slice|init\.scope)(\.d(/50-[\w-]+\.conf)?)?": "logind",
}
# Files that packages' scripts copy from the package's own.
COPIES = {
    "/etc/profile": "/usr/share/base-files/profile",
    "/etc/motd": "/usr/share/base-files/motd",
    "/etc/inputrc": "/usr/share/readline/inputrc",
    "/var/www/html/index.nginx-debian.html": "/usr/share/nginx/html/index.html",
    "/var/www/html/index.html": "/usr/share/apache2/default-site/index.html",
}
# Packages' scripts make them without a line that says anything; a line in them does.
SILENT = re.compile(
    r"/etc/(apparmor\.d/local/[^/]+|security/opasswd|hosts\.(allow|deny)|at\.(allow|deny)|cron\.(allow|deny)|environment|nologin\.txt)"
)
PATTERN = re.compile("|".join(f"(?:{pattern})" for pattern in MADE))
# systemd's own preset at its installation; what packages enable is in the books of deb-systemd-helper.
ENABLED = re.compile(
    r"/etc/systemd/(system|user)/(.*\.wants/)?(getty@tty1|remote-fs|reboot|ctrl-alt-del|systemd-[\w-]+|dbus-org\.freedesktop\.[\w]+|ssh|sshd|console-getty|autovt@|networking|e2scrub_reap|fstrim)\.(service|target|socket|timer)"
)
# Set-id programs of Debian; dpkg keeps no modes.
SET_ID = re.compile(
    r"/usr/s?bin/(su|sudo|mount|umount|passwd|chsh|chfn|gpasswd|newgrp|chage|expiry|ssh-agent|crontab|at|pkexec|fusermount3?|ntfs-3g|unix_chkpwd|wall|write(\.ul)?"
    r"|bsd-write|dotlockfile|mlocate|plocate|postdrop|postqueue|postlog|ping|newuidmap|newgidmap|mount\.(nfs|cifs))"
    r"|/usr/lib/openssh/ssh-keysign|/usr/lib/dbus-1\.0/dbus-daemon-launch-helper|/usr/lib/polkit-1/polkit-agent-helper-1|/usr/lib(exec)?/[^/]+/utempter/utempter"
)
# Programs of Debian that have file capabilities, by their packages' scripts.
CAPABLE = re.compile(
    r"/usr/s?bin/(ping|fping|arping|clockdiff|mtr-packet|dumpcap|newuidmap|newgidmap|traceroute6?)(\.\w+)?"
    r"|/usr/lib/[^/]+/gstreamer1\.0/gstreamer-1\.0/gst-ptp-helper"
)
# Packages that are on a host because it is one: it boots, it is reached, its hardware and its data centre want them.
BASE = re.compile(
    r"(linux-(image|headers|base)|grub|shim|firmware|systemd|cloud|openssh|task|initramfs-tools|dracut)(-.+)?"
    r"|python3(-minimal)?|sudo|dbus(-user-session)?|locales|udev|mdadm|lvm2|xfsprogs|btrfs-progs|cryptsetup(-initramfs)?|netplan\.io|ifupdown|isc-dhcp-client|dhcpcd(-base)?"
    r"|iproute2|efibootmgr|intel-microcode|amd64-microcode|qemu-guest-agent|debian-archive-keyring|ca-certificates|apt-utils|console-setup|keyboard-configuration|lib(nss|pam)-.+"
    r"|acpid|ethtool|pciutils|usbutils|os-prober|popularity-contest|installation-report|tasksel|zstd|less|curl|wget|man-db|kbd|procps|iputils-ping|netbase"
)
LEFT_BY_DPKG = re.compile(r"(.+)\.(dpkg-(old|dist|new|bak|tmp)|ucf-(old|dist))")


def made_by_debian(path):
    return PATTERN.fullmatch(path) is not None
