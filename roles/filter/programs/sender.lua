-- @OWNED@
-- Postfix compares the envelope sender with the login; this compares the From header, which people see and DKIM signs.
local lua_maps = require "lua_maps"
local lua_util = require "lua_util"

local most_recipients = tonumber("@MOST_RECIPIENTS@")
local owners = lua_maps.map_add_from_ucl("@SENDERS_MAP@", "hash", "sender addresses and the accounts that own them")

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
  -- Before the rate limits, which would put off what is to be refused.
  priority = lua_util.symbols_priorities.top,
  score = 0.0,
  group = "policies",
  callback = function(task)
    local user = task:get_user()
    if not user then
      return
    end
    -- More than the rate lets through at once would be put off for ever.
    local recipients = task:get_recipients("smtp")
    if recipients and #recipients > most_recipients then
      local message = string.format("%d recipients: at most %d may be addressed at once", #recipients, most_recipients)
      task:set_pre_result("reject", message, "postfleet")
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
