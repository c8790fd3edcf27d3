#!/bin/sh
# @OWNED@
# Brings the peers and keys of the configuration to the interface. What is the same stays as it is, sessions and all. A secret
# is never an argument of a program: printf is the shell's own, and wg reads a pipe.
set -eu
stripped=$(wg-quick strip @INTERFACE@)
whole=$(printf '%s\n' "$stripped" | while IFS= read -r line; do
  case $line in
  '# PrivateKey: '* | '# PresharedKey: '*)
    line=${line#'# '}
    key=$(cat "${line#*: }") || exit 1
    printf '%s = %s\n' "${line%%: *}" "$key"
    ;;
  *) printf '%s\n' "$line" ;;
  esac
done)
printf '%s\n' "$whole" | wg syncconf @INTERFACE@ /dev/stdin
