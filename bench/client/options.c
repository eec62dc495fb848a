#include "client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "client --socket PATH --name PLUGIN --handler empty|hello|rich|log|transform|crypto\n"
    "  --dialect ProtoBuf:1|MsgPack:1  (ProtoBuf:1)\n"
    "  --config JSON                   the configuration of the instance ({})\n"
    "  --phase NAME                    (that of the handler)\n"
    "  --connections N                 (1)\n"
    "  --instances N                   events go round among them (1)\n"
    "  --seconds S | --events N        how long, or how much, is measured (1 second)\n"
    "  --warmup S                      goes before it and is not counted (0)\n"
    "  --body BYTES                    of the request, for log of the record (1024, log 4096, transform 65536)\n"
    "  --reconfigure S                 every so often an instance is started and the one before it closed (never)\n"
    "  --authorization TEXT            that header, for crypto";

static double number(const char *flag, const char *text) {
  char *end;
  const double value = strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= 0)) {
    fprintf(stderr, "%s takes a number that is not negative, not \"%s\"\n", flag, text);
    exit(2);
  }
  return value;
}

options read_options(int argc, char **argv) {
  options found = {.config = "{}", .connections = 1, .instances = 1, .authorization = ""};
  bool timed = false;
  for (int index = 1; index < argc; index += 2) {
    const char *flag = argv[index], *value = index + 1 < argc ? argv[index + 1] : NULL;
#define IS(name) (strcmp(flag, "--" name) == 0)
    if (value == NULL) stop(usage, "");
    else if (IS("socket")) found.socket = value;
    else if (IS("name")) found.name = value;
    else if (IS("handler")) found.handler = value;
    else if (IS("config")) found.config = value;
    else if (IS("phase")) found.phase = value;
    else if (IS("authorization")) found.authorization = value;
    else if (IS("connections")) found.connections = (size_t)number(flag, value);
    else if (IS("instances")) found.instances = (size_t)number(flag, value);
    else if (IS("events")) found.events = (size_t)number(flag, value);
    else if (IS("body")) found.body = (size_t)number(flag, value);
    else if (IS("reconfigure")) found.reconfigure = number(flag, value);
    else if (IS("warmup")) found.warmup = number(flag, value);
    else if (IS("seconds")) found.seconds = number(flag, value), timed = true;
    else if (IS("dialect") && strcmp(value, "ProtoBuf:1") == 0) found.msgpack = false;
    else if (IS("dialect") && strcmp(value, "MsgPack:1") == 0) found.msgpack = true;
    else {
      fprintf(stderr, "Cannot read %s %s\n%s\n", flag, value, usage);
      exit(2);
    }
#undef IS
  }
  if (found.socket == NULL || found.name == NULL || found.handler == NULL || found.connections == 0 ||
      found.instances == 0 || found.config[0] != '{' || (timed && found.events > 0))
    stop(usage, "");
  if (!timed && found.events == 0) found.seconds = 1;
  return found;
}
