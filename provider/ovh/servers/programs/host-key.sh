#!/bin/sh
# Run by OVH on the new system. It leaves one host key, keeps cloud-init from making others, and restarts sshd where that
# runs already; until then it may show a key of its own, which is why nobody logs in before the right one is shown.
set -eu
umask 077
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
# printf and echo are parts of the shell: no key is in a list of processes.
printf '%s\n' "@PRIVATE_KEY@" > /etc/ssh/ssh_host_ed25519_key
echo "@PUBLIC_KEY@" > /etc/ssh/ssh_host_ed25519_key.pub
chmod 0644 /etc/ssh/ssh_host_ed25519_key.pub
if [ -d /etc/cloud/cloud.cfg.d ]; then
  printf 'ssh_deletekeys: false\nssh_genkeytypes: []\n' > /etc/cloud/cloud.cfg.d/99-postfleet-host-key.cfg
fi
if systemctl is-active --quiet ssh.service 2> /dev/null; then systemctl restart ssh.service; fi
