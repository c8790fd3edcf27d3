/** storage.conf: where and how mail lies on disk, folders, quota, search. */
import { MAIL_DIRECTORY, owned } from "../shared/paths";
import { type MailstoreSettings, SIEVE_CACHE, SIEVE_DIRECTORY } from "./args";

/** Folders with a special use, RFC 6154, made and subscribed for everybody. Junk trains the filter, see {@link junk}. */
const FOLDERS = ["Drafts", "Sent", "Trash", "Archive"];

function folder(name: string): string {
  return `  mailbox ${name} {
    auto = subscribe
    special_use = "\\\\${name}"
  }
`;
}

/** Junk: whatever a person moves here is learned as spam. */
function junk(): string {
  return `  mailbox Junk {
    auto = subscribe
    special_use = "\\\\Junk"
    sieve_script learn-spam {
      type = before
      cause = copy
      path = ${SIEVE_DIRECTORY}/learn-spam.sieve
      bin_path = ${SIEVE_CACHE}
    }
  }
`;
}

const SEARCH = `
# Full text, RFC 3501 SEARCH. The words are folded (case, accents) and neither stemmed nor dropped as stop words: mail comes
# in many languages. Any part of a word is found, as RFC 9051 section 6.4.4 wants it: "ufficio" in dell'ufficio. It makes the
# index three times as large, seven tenths of a mail's text instead of two; attachments are most of a mailbox.
mail_plugins {
  fts = yes
  fts_flatcurve = yes
}
fts flatcurve {
  # The default of 2 drops single characters from the index but not from the search: "room 5" would never be found.
  min_term_size = 1
  substring_search = yes
}
fts_autoindex = yes
# A folder that no client opens any more (a list, an archive) is not indexed at every delivery, but when it is searched.
fts_autoindex_max_recent_msgs = 999
# Without these tokenizers every search fails, and the client is told OK.
language_tokenizers = generic email-address
# With the simple algorithm O'Hara is not found in From, To and the text: mail and question are cut in different places.
language_tokenizer_generic_algorithm = tr29
language_tokenizer_generic_wb5a = yes
language_filters = normalizer-icu
language en {
  default = yes
}
`;

/** Mail on disk. */
export function storageConf(s: MailstoreSettings): string {
  return `${owned("mailstore")}
# Maildir: a message is a file that never changes, its flags are in its name. A backup taken while mail comes in is
# complete, one message can be restored by copying one file, and no index is needed to read it all (sdbox keeps flags in
# an index alone). Names on disk are what people see: UTF-8, a folder is a directory.
mail_driver = maildir
mail_home = ${MAIL_DIRECTORY}/%{user | domain}/%{user | username}
mail_path = ~/Maildir
mailbox_list_layout = fs
mailbox_list_utf8 = yes
# Messages and indexes of a folder in a directory of its own, apart from its subfolders: a folder may be called "new" or "cur",
# says \\HasChildren only when it has some, and is gone with its index when it is deleted. Only ".messages" is no name for one.
mail_inbox_path = ~/Maildir/inbox
mailbox_root_directory_name = folders
mailbox_directory_name = .messages
# A message is on disk before it is acknowledged; flags and indexes may follow.
mail_fsync = optimized

namespace inbox {
  inbox = yes
  separator = /
${FOLDERS.map(folder).join("")}${junk()}}
# Moved out of Junk: learned as ham, unless it went to Trash.
imapsieve_from Junk {
  sieve_script learn-ham {
    type = before
    cause = copy
    path = ${SIEVE_DIRECTORY}/learn-ham.sieve
    bin_path = ${SIEVE_CACHE}
  }
}

mail_plugins {
  quota = yes
}
# Here and not inside quota { }, so that an account's own limit overrides it.
quota_storage_size = ${s.quota}B
quota "User quota" {
  driver = count
  # Only the first limit passed is reported: the highest comes first.
  warning warn-95 {
    quota_storage_percentage = 95
    execute quota-warning {
      args = 95 %{user}
    }
  }
  warning warn-80 {
    quota_storage_percentage = 80
    execute quota-warning {
      args = 80 %{user}
    }
  }
}
quota_exceeded_message = Mailbox is full: the quota of this account is used up
# Refused for good (552 5.2.2): the sender learns it at once. A temporary failure would let the mail wait in the queue for
# days and tell nobody, though the owner was warned at 80 and 95 %.
quota_full_tempfail = no
${s.fullTextSearch ? SEARCH : ""}`;
}
