// The handlers: which calls each has to make, in their order, and Kong's answers to them in both dialects.
#include "client.h"
#include <stdlib.h>
#include <string.h>

static const char *const headers[][2] = {
    {"host", "bench.example"},
    {"user-agent", "bench/1.0 (load client)"},
    {"accept", "application/json, text/plain;q=0.9, */*;q=0.1"},
    {"accept-encoding", "gzip, deflate, br"},
    {"accept-language", "en-GB,en;q=0.8"},
    {"content-type", "application/octet-stream"},
    {"content-length", "1024"},
    {"x-forwarded-for", "192.0.2.17"},
    {"x-request-id", "1f0c7a52-6c3e-4ab7-9d5e-0c6b1d2e3f40"},
    {"cookie", "session=0123456789abcdef0123456789abcdef; theme=dark"},
};
static const char *const query[][2] = {{"id", "4711"}, {"page", "2"}, {"sort", "name"}};

static work plan_of_handler;

static void add(const char *method, const char *step, const char *sent, size_t least, span protobuf, span msgpack) {
  call *one = &plan_of_handler.calls[plan_of_handler.count++];
  *one = (call){method, strlen(method), step, sent, least, protobuf, msgpack};
}

static span span_of(buffer from) { return (span){from.bytes, from.length}; }

static span framed(buffer body) {
  buffer frame = {0};
  const uint32_t length = (uint32_t)body.length;
  put(&frame, &length, 4);
  put(&frame, body.bytes, body.length);
  free(body.bytes);
  return span_of(frame);
}

static void reads_text(const char *method, const char *sent, const char *text, size_t length) {
  buffer protobuf = {0}, msgpack = {0};
  put_field(&protobuf, 0x0a, text, length);
  pack_text(&msgpack, text, length);
  add(method, "plugin.Step", sent, 0, framed(protobuf), span_of(msgpack));
}

// A Struct of texts, and a map of lists, as the dialects have it.
static void reads_map(const char *method, const char *const (*rows)[2], size_t count) {
  buffer protobuf = {0}, msgpack = {0};
  pack_map(&msgpack, count);
  for (size_t row = 0; row < count; row++) {
    const char *key = rows[row][0], *text = rows[row][1];
    buffer value = {0}, entry = {0};
    put_field(&value, 0x1a, text, strlen(text));
    put_field(&entry, 0x0a, key, strlen(key));
    put_field(&entry, 0x12, value.bytes, value.length);
    put_field(&protobuf, 0x0a, entry.bytes, entry.length);
    pack_text(&msgpack, key, strlen(key));
    pack_array(&msgpack, 1);
    pack_text(&msgpack, text, strlen(text));
    free(value.bytes);
    free(entry.bytes);
  }
  add(method, "plugin.StepMultiMap", "", 0, framed(protobuf), span_of(msgpack));
}

static void reads_body(size_t length) {
  buffer protobuf = {0}, msgpack = {0};
  char *body = malloc(length + 1);
  for (size_t index = 0; index < length; index++) body[index] = "bench body, "[index % 12];
  put_field(&protobuf, 0x0a, body, length);
  pack_binary(&msgpack, body, length);
  free(body);
  add("kong.request.get_raw_body", "plugin.Step", "", 0, framed(protobuf), span_of(msgpack));
}

static void sets(const char *method, const char *sent, size_t least) {
  add(method, "plugin.Step", sent, least, (span){NULL, 0}, (span){NULL, 0});
}

static void plan_rich(size_t body) {
  reads_map("kong.request.get_headers", headers, sizeof headers / sizeof *headers);
  reads_map("kong.request.get_query", query, sizeof query / sizeof *query);
  reads_body(body > 0 ? body : 1024);
  for (int side = 0; side < 2; side++) {
    const char *method = side == 0 ? "kong.response.set_header" : "kong.service.request.set_header";
    sets(method, "bench/1.0 (load client)", 0);
    sets(method, "4711", 0);
    sets(method, body > 0 ? "" : "1024", 0);
  }
}

static void plan_log(size_t length) {
  if (length < 13) stop("The record of log has at least 13 bytes", "");
  char *record = malloc(length);
  memset(record, 'r', length);
  memcpy(record, "{\"record\":\"", 11);
  memcpy(record + length - 2, "\"}", 2);
  reads_text("kong.log.serialize", "", record, length);
  free(record);
}

const work *prepare_work(const options *wanted) {
  work *plan = &plan_of_handler;
  plan->name = wanted->handler;
  plan->phase = "access";
#define IS(name) (strcmp(wanted->handler, name) == 0)
  if (IS("hello")) {
    reads_text("kong.request.get_header", "host", "bench.example", 13);
    sets("kong.response.set_header", "hello bench.example", 0);
  } else if (IS("rich")) plan_rich(wanted->body);
  else if (IS("log")) {
    plan->phase = "log";
    plan_log(wanted->body > 0 ? wanted->body : 4096);
  } else if (IS("transform")) {
    const size_t length = wanted->body > 0 ? wanted->body : 65536;
    reads_body(length);
    sets("kong.service.request.set_raw_body", "bench body, ", length);
  } else if (IS("crypto")) {
    if (wanted->authorization[0] == '\0') stop("crypto needs --authorization, with a token in it", "");
    reads_text("kong.request.get_header", "authorization", wanted->authorization, strlen(wanted->authorization));
    sets("kong.service.request.set_header", "bench-subject", 0);
  } else if (!IS("empty")) stop("There is no handler ", wanted->handler);
#undef IS
  if (wanted->phase != NULL) plan->phase = wanted->phase;
  return plan;
}
