-- Runs the schema.lua of the file that is named and prints what it returns as JSON, with the keys sorted.
local function write(value)
  if type(value) == "string" then
    return '"' .. value:gsub('[%c"\\]', function(char)
      return string.format("\\u%04x", char:byte())
    end) .. '"'
  end
  if type(value) ~= "table" then
    return tostring(value)
  end
  local parts, keys = {}, {}
  if #value > 0 then
    for i, item in ipairs(value) do
      parts[i] = write(item)
    end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for i, key in ipairs(keys) do
    parts[i] = write(key) .. ":" .. write(value[key])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

print(write(assert(loadfile(arg[1]))()))
