/** Rules of our own, in Lua, the language of rspamd's own rules: /etc/rspamd/lua.local.d/postfleet-*.lua. */
import { senderLogins } from "../shared/addresses";
import { owned } from "../shared/paths";
import { CLAMAV_SOCKET, type FilterSettings, SENDERS_MAP } from "./args";

/** Sender address, then the accounts that own it; `@domain` is what nobody else owns there. */
export function sendersMap(s: FilterSettings): string {
  const lines = [...senderLogins(s)].map(([address, logins]) => `${address} ${logins.join(",")}\n`);
  return `${owned("filter")}# Sender address, then the accounts that own it.\n${lines.join("")}`;
}

/** The From header of an account's mail must belong to the account: it is what people see and what DKIM vouches for. */
export function senderRule(): string {
  return `${owned("filter", "--")}-- Postfix compares the envelope sender with the login; this compares the From header, which people see and DKIM signs.
local lua_maps = require "lua_maps"

local owners = lua_maps.map_add_from_ucl("${SENDERS_MAP}", "hash", "sender addresses and the accounts that own them")

local function owns(user, address)
  local localpart, domain = address:lower():match("^(.*)@([^@]+)$")
  if not domain then
    return false
  end
  local base = localpart:gsub("%+.*$", "")
  -- The first line that exists decides, as in Postfix's lookup.
  local logins = owners:get_key(localpart .. "@" .. domain) or owners:get_key(base .. "@" .. domain)
    or owners:get_key("@" .. domain)
  if not logins then
    return false
  end
  for login in tostring(logins):gmatch("[^,]+") do
    if login == user then
      return true
    end
  end
  return false
end

rspamd_config:register_symbol({
  name = "FROM_NOT_OWNED",
  type = "prefilter",
  score = 0.0,
  group = "policies",
  callback = function(task)
    local user = task:get_user()
    if not user then
      return
    end
    local from = task:get_from("mime")
    if not from or #from == 0 then
      task:set_pre_result("reject", "The message has no From address", "postfleet")
      return
    end
    for _, author in ipairs(from) do
      if not owns(user:lower(), author.addr or "") then
        local message = string.format("The From address %s does not belong to %s", author.addr, user)
        task:insert_result("FROM_NOT_OWNED", 1.0, author.addr)
        task:set_pre_result("reject", message, "postfleet")
        return
      end
    end
  end,
})
`;
}

/**
 * Scanning with ClamAV. rspamd's own module takes an answer it does not understand (clamd out of memory or disk) for
 * "clean"; here only "OK" is clean, and everything else is what `onScannerDown` says.
 */
export function virusRule(s: FilterSettings): string {
  return `${owned("filter", "--")}-- Every message goes to clamd, whole. Clean is what clamd calls OK, and nothing else.
local tcp = require "rspamd_tcp"
local util = require "rspamd_util"
local logger = require "rspamd_logger"

local socket = "${CLAMAV_SOCKET}"
local accept_unscanned = ${s.onScannerDown === "accept"}

local function unscanned(task, why)
  logger.errx(task, "VIRUS SCAN FAILED, message %s: %s", accept_unscanned and "accepted unscanned" or "put off", why)
  task:insert_result("VIRUS_UNSCANNED", 1.0, why)
  if not accept_unscanned then
    task:set_pre_result("soft reject", "Virus scanner not available, try again later", "postfleet")
  end
end

local scan = rspamd_config:register_symbol({
  name = "VIRUS_SCAN",
  type = "normal",
  flags = "empty,nostat",
  score = 0.0,
  group = "antivirus",
  callback = function(task)
    local content = task:get_content()
    local answered = false
    local function verdict(err, data)
      answered = true
      local answer = tostring(data or "")
      local virus = answer:match("^stream: (.+) FOUND")
      if err then
        unscanned(task, tostring(err))
      elseif virus then
        task:insert_result("VIRUS_FOUND", 1.0, virus)
        task:set_pre_result("reject", "The message contains a virus: " .. virus, "postfleet")
      elseif not answer:match("^stream: OK") then
        unscanned(task, "clamd answered: " .. answer)
      end
    end
    -- INSTREAM of clamd(8): length, data, and a length of zero as the end.
    local sent = tcp.request({
      task = task,
      host = socket,
      port = 0,
      timeout = 30.0,
      stop_pattern = "\\0",
      data = { util.pack("c9 c1 >I4", "zINSTREAM", "\\0", #content), content, util.pack(">I4", 0) },
      callback = verdict,
    })
    if not sent and not answered then
      unscanned(task, "cannot connect to " .. socket)
    end
  end,
})

for _, name in ipairs({ "VIRUS_FOUND", "VIRUS_UNSCANNED" }) do
  rspamd_config:register_symbol({ name = name, type = "virtual", parent = scan, score = 0.0, group = "antivirus" })
end
`;
}
