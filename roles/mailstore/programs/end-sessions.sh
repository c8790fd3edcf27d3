# Where Dovecot does not run there are no sessions.
doveadm who >/dev/null 2>&1 || exit 0
# It looks at the file once a second: whoever logs in before that is ended too.
sleep 2
sed -n 's/^\([^#][^:]*\):.*/\1/p' "$1" | while read -r login; do
  doveadm kick "$login" >/dev/null 2>&1
  # 68: there was none.
  case $? in 0 | 68) ;; *)
    echo "doveadm kick $login failed; hint: systemctl restart dovecot ends all sessions" >&2
    exit 1
    ;;
  esac
done
