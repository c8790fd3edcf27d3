-- Lua on hosts runs within rspamd.
std = "luajit"
read_globals = { "rspamd_config" }
