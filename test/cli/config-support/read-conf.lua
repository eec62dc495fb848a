-- Reads a kong.conf from stdin as Kong does: Penlight's reader with every value as text, and what follows a "#" cut
-- off. Prints a line per setting.
local config = require("pl.config").read(io.stdin, { smart = false, list_delim = "_blank_" })
for name, value in pairs(assert(config)) do
  print(name .. "\t" .. tostring(value):gsub("%s*#.*$", ""))
end
