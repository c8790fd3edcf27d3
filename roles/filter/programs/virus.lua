-- @OWNED@
-- Every message goes to clamd, whole. Clean is what clamd calls OK, and nothing else.
local tcp = require "rspamd_tcp"
local util = require "rspamd_util"
local logger = require "rspamd_logger"

local socket = "@SOCKET@"
local accept_unscanned = "@ACCEPT_UNSCANNED@"

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
      stop_pattern = "\0",
      data = { util.pack("c9 c1 >I4", "zINSTREAM", "\0", #content), content, util.pack(">I4", 0) },
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
