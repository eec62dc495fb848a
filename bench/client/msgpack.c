// MsgPack:1 as Kong speaks it: one request at a time on a connection, each written at once.
#include "client.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// A value's head: what kind it is, where its content begins, and how long that is or how many items it has.
typedef struct {
  char kind; // n(il), b(oolean), i(nteger), f(loat), s(tring), d(ata), a(rray), m(ap), x (extension)
  const uint8_t *content;
  uint64_t count;
} value;

static uint64_t big_endian(const uint8_t *bytes, size_t length) {
  uint64_t number = 0;
  while (length-- > 0) number = number << 8 | *bytes++;
  return number;
}

// The end of the head, or NULL where more bytes are needed.
static const uint8_t *read_head(const uint8_t *at, const uint8_t *end, value *found) {
  if (at >= end) return NULL;
  const uint8_t first = *at++;
  size_t wide = 0;
  if (first < 0x80 || first >= 0xe0) *found = (value){'i', at, first};
  else if (first < 0x90) *found = (value){'m', at, first & 0x0f};
  else if (first < 0xa0) *found = (value){'a', at, first & 0x0f};
  else if (first < 0xc0) *found = (value){'s', at, first & 0x1f};
  else if (first == 0xc0) *found = (value){'n', at, 0};
  else if (first <= 0xc3) *found = (value){'b', at, first & 1};
  else {
    static const char kinds[] = "dddxxxffiiiiiiiixxxxxsssaamm";
    static const uint8_t widths[] = {1, 2, 4, 1, 2, 4, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4};
    wide = widths[first - 0xc4];
    if ((size_t)(end - at) < wide) return NULL;
    *found = (value){kinds[first - 0xc4], at + wide, big_endian(at, wide)};
    if (found->kind == 'x') found->count = (wide > 0 ? found->count : (uint64_t)1 << (first - 0xd4)) + 1;
  }
  return at + wide;
}

// The end of a value, or NULL where more bytes are needed.
static const uint8_t *skip(const uint8_t *at, const uint8_t *end) {
  for (uint64_t left = 1; left > 0; left--) {
    value one;
    at = read_head(at, end, &one);
    if (at == NULL) return NULL;
    if (strchr("sdx", one.kind) != NULL) {
      if ((uint64_t)(end - at) < one.count) return NULL;
      at += one.count;
    } else if (one.kind == 'a') left += one.count;
    else if (one.kind == 'm') left += one.count * 2;
  }
  return at;
}

// The value of a map's member, or NULL; the map is known to be whole.
static const uint8_t *member(const uint8_t *map, const uint8_t *end, const char *name) {
  value head;
  const uint8_t *at = read_head(map, end, &head);
  if (head.kind != 'm') return NULL;
  for (uint64_t left = head.count; left > 0; left--) {
    value key;
    read_head(at, end, &key);
    const uint8_t *item = skip(at, end);
    if (key.kind == 's' && key.count == strlen(name) && memcmp(key.content, name, key.count) == 0) return item;
    at = skip(item, end);
  }
  return NULL;
}

static void begin_request(buffer *out, uint64_t id, const char *method) {
  out->length = 0;
  pack_array(out, 4);
  pack_unsigned(out, 0);
  pack_unsigned(out, id);
  pack_text(out, method, strlen(method));
  pack_array(out, 1);
}

static void pack_word(buffer *out, const char *word) { pack_text(out, word, strlen(word)); }

void msgpack_begin(connection *c) {
  const instance *own = &instances[c->instance];
  begin_request(&c->head, c->sequence, "plugin.HandleEvent");
  pack_map(&c->head, 2);
  pack_word(&c->head, "EventName");
  pack_word(&c->head, plan->phase);
  pack_word(&c->head, "InstanceId");
  put(&c->head, own->raw, own->raw_length);
  send_span(c, c->head.bytes, c->head.length);
}

// The event's id goes back as the bytes in which it came.
static void send_step(connection *c, const uint8_t *id, size_t id_length) {
  const call *answered = c->current;
  const bool nil = answered == NULL || answered->msgpack.length == 0;
  begin_request(&c->head, ++c->sequence, answered == NULL ? "plugin.Step" : answered->step);
  pack_map(&c->head, nil ? 1 : 2);
  pack_word(&c->head, "EventId");
  put(&c->head, id, id_length);
  if (!nil) {
    pack_word(&c->head, "Data");
    put(&c->head, answered->msgpack.bytes, answered->msgpack.length);
  }
  send_span(c, c->head.bytes, c->head.length);
}

static void read_call(connection *c, const uint8_t *data, const uint8_t *id, const uint8_t *end) {
  const uint8_t *name = member(data, end, "Method"), *arguments = member(data, end, "Args");
  value method = {0}, list = {0};
  if (name == NULL || arguments == NULL || (read_head(name, end, &method), method.kind != 's')) {
    lose_event(c, &counted.errors);
    return;
  }
  check_method(c, method.content, method.count);
  if (c->exits) {
    value status = {0};
    const uint8_t *first = read_head(arguments, end, &list);
    if (list.kind == 'a' && list.count > 0) read_head(first, end, &status);
    event_exits(c, status.count);
    return;
  }
  check_arguments(c, arguments, (size_t)(skip(arguments, end) - arguments));
  send_step(c, id, (size_t)(skip(id, end) - id));
}

static void read_error(connection *c, const uint8_t *error, const uint8_t *end) {
  value text;
  read_head(error, end, &text);
  if (text.kind == 's' && memmem(text.content, text.count, "no plugin instance", 18) != NULL) {
    restart_instance(c->instance, c->generation);
    c->under_way = false;
    begin_event(c);
    return;
  }
  if (text.kind == 's') mismatch(c, "the server answered with the error ", (const char *)text.content, text.count);
  lose_event(c, &counted.errors);
}

static void read_reply(connection *c, const uint8_t *at, const uint8_t *end) {
  value head, kind, id, error;
  at = read_head(at, end, &head);
  const uint8_t *reason = NULL;
  if (head.kind == 'a' && head.count >= 4) {
    at = read_head(at, end, &kind);
    at = read_head(at, end, &id);
    reason = at;
    read_head(reason, end, &error);
  }
  if (reason == NULL || kind.count != 1 || id.count != c->sequence) {
    mismatch(c, "the server sent what is no reply to the last request", "", 0);
    lose_event(c, &counted.errors);
    return;
  }
  if (error.kind != 'n') {
    read_error(c, reason, end);
    return;
  }
  const uint8_t *result = skip(reason, end);
  const uint8_t *data = member(result, end, "Data"), *event = member(result, end, "EventId");
  value content = {0};
  if (data != NULL) read_head(data, end, &content);
  if (content.kind == 's' && content.count == 3 && memcmp(content.content, "ret", 3) == 0) end_event(c);
  else if (content.kind == 'm' && event != NULL) read_call(c, data, event, end);
  else {
    mismatch(c, "the server's reply has neither a call nor the end of the event", "", 0);
    lose_event(c, &counted.errors);
  }
}

// False when the connection was closed.
bool msgpack_read(connection *c) {
  while (c->fd >= 0) {
    const uint8_t *at = c->in.bytes + c->read, *end = skip(at, c->in.bytes + c->in.length);
    if (end == NULL) return true;
    c->read += (size_t)(end - at);
    if (c->under_way) read_reply(c, at, end);
  }
  return false;
}

// The end of the answer, or NULL where none came.
static const uint8_t *read_answer(int fd, buffer *answer) {
  const uint8_t *end = NULL;
  for (uint8_t byte; end == NULL;) {
    if (!read_all(fd, &byte, 1)) return NULL;
    put(answer, &byte, 1);
    end = skip(answer->bytes, answer->bytes + answer->length);
  }
  return end;
}

void msgpack_start(int fd, const char *config, instance *started) {
  buffer request = {0};
  begin_request(&request, 1, "plugin.StartInstance");
  pack_map(&request, 2);
  pack_word(&request, "Name");
  pack_word(&request, chosen.name);
  pack_word(&request, "Config");
  pack_word(&request, config);
  send(fd, request.bytes, request.length, MSG_NOSIGNAL);
  free(request.bytes);
  buffer answer = {0};
  const uint8_t *end = read_answer(fd, &answer);
  if (end == NULL) stop("The server gave no answer to the start of an instance on ", chosen.socket);
  value head, part;
  const uint8_t *at = read_head(answer.bytes, end, &head);
  if (head.kind != 'a' || head.count != 4) stop("The server answered the start of an instance with no reply", "");
  at = skip(skip(at, end), end);
  const uint8_t *result = skip(at, end);
  read_head(at, end, &part);
  const uint8_t *id = part.kind == 'n' ? member(result, end, "Id") : NULL;
  if (id == NULL) stop("The server did not start an instance of ", chosen.name);
  started->raw_length = (size_t)(skip(id, end) - id);
  if (started->raw_length > sizeof started->raw) stop("The server gave an instance an id that is no number", "");
  memcpy(started->raw, id, started->raw_length);
  free(answer.bytes);
}

bool msgpack_close(int fd, const instance *closed) {
  buffer request = {0}, answer = {0};
  begin_request(&request, 2, "plugin.CloseInstance");
  put(&request, closed->raw, closed->raw_length);
  send(fd, request.bytes, request.length, MSG_NOSIGNAL);
  const bool answered = read_answer(fd, &answer) != NULL;
  free(request.bytes);
  free(answer.bytes);
  return answered;
}
