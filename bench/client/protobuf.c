// ProtoBuf:1 as Kong speaks it: the length and the body of a frame in two writes, calls answered in their order.
#include "client.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void send_frame(connection *c, const uint8_t *frame, size_t length) {
  send_span(c, frame, 4);
  send_span(c, frame + 4, length - 4);
}

static void begin_frame(buffer *out) {
  out->length = 0;
  put(out, "\0\0\0\0", 4);
}

static void end_frame(buffer *out) {
  const uint32_t length = (uint32_t)(out->length - 4);
  memcpy(out->bytes, &length, 4);
}

void protobuf_begin(connection *c) {
  buffer event = {0};
  static uint8_t memory[256];
  event.bytes = memory;
  event.room = sizeof memory;
  const uint64_t id = instances[c->instance].number;
  if (id != 0) {
    put_byte(&event, 0x08);
    put_varint(&event, id);
  }
  put_field(&event, 0x12, plan->phase, strlen(plan->phase));
  begin_frame(&c->head);
  put_byte(&c->head, 0x08);
  put_varint(&c->head, c->sequence);
  put(&c->head, "\xa2\x02", 2); // cmd_handle_event: 36
  put_varint(&c->head, event.length);
  put(&c->head, event.bytes, event.length);
  end_frame(&c->head);
  c->expected = METHOD;
  send_frame(c, c->head.bytes, c->head.length);
}

// A varint, or `end` where there is none.
static const uint8_t *read_varint(const uint8_t *at, const uint8_t *end, uint64_t *value) {
  *value = 0;
  for (int shift = 0; at < end && shift < 64; shift += 7) {
    *value |= (uint64_t)(*at & 0x7f) << shift;
    if ((*at++ & 0x80) == 0) return at;
  }
  return end;
}

// The first field of these messages is a number: the sequence, the status of an exit.
static uint64_t first_number(const uint8_t *body, size_t length) {
  uint64_t value = 0;
  if (length > 1 && body[0] == 0x08) read_varint(body + 1, body + length, &value);
  return value;
}

static bool read_method(connection *c, const uint8_t *name, size_t length) {
  if (length == 0) {
    c->expected = RETURN;
    return true;
  }
  if (memmem(name, length, "no plugin instance", 18) != NULL) {
    restart_instance(c->instance, c->generation);
    c->under_way = false;
    close_connection(c);
    return false;
  }
  check_method(c, name, length);
  c->expected = ARGUMENTS;
  return true;
}

static bool read_arguments(connection *c, const uint8_t *arguments, size_t length) {
  if (c->exits) {
    event_exits(c, first_number(arguments, length));
    close_connection(c);
    return false;
  }
  check_arguments(c, arguments, length);
  c->expected = METHOD;
  static const uint32_t nothing = 0;
  if (c->current == NULL || c->current->protobuf.length == 0) send_span(c, &nothing, 4);
  else send_frame(c, c->current->protobuf.bytes, c->current->protobuf.length);
  return true;
}

// False when the connection was closed.
bool protobuf_read(connection *c) {
  for (;;) {
    const size_t there = c->in.length - c->read;
    uint32_t length;
    if (there < 4) return true;
    memcpy(&length, c->in.bytes + c->read, 4);
    if (there - 4 < length) return true;
    const uint8_t *body = c->in.bytes + c->read + 4;
    c->read += 4 + length;
    if (!c->under_way) {
      lose_event(c, &counted.errors);
      close_connection(c);
      return false;
    } else if (c->expected == METHOD) {
      if (!read_method(c, body, length)) return false;
    } else if (c->expected == ARGUMENTS) {
      if (!read_arguments(c, body, length)) return false;
    } else {
      if (first_number(body, length) != c->sequence) mismatch(c, "the event was answered with another sequence", "", 0);
      end_event(c);
    }
  }
}

static void send_command(int fd, buffer *frame) {
  end_frame(frame);
  send(fd, frame->bytes, 4, MSG_NOSIGNAL);
  send(fd, frame->bytes + 4, frame->length - 4, MSG_NOSIGNAL);
  free(frame->bytes);
}

void protobuf_start(int fd, const char *config, instance *started) {
  buffer start = {0}, frame = {0};
  put_field(&start, 0x0a, chosen.name, strlen(chosen.name));
  put_field(&start, 0x12, config, strlen(config));
  begin_frame(&frame);
  put(&frame, "\x08\x02\x8a\x02", 4); // sequence 2, cmd_start_instance: 33
  put_varint(&frame, start.length);
  put(&frame, start.bytes, start.length);
  send_command(fd, &frame);
  free(start.bytes);
  uint32_t length;
  read_exactly(fd, &length, 4);
  uint8_t answer[4096];
  if (length > sizeof answer) stop("The server answered the start of an instance with a frame that is too long", "");
  read_exactly(fd, answer, length);
  // RpcReturn{1: sequence, 33: {1: name, 2: instance id, ...}}
  const uint8_t *end = answer + length, *at = answer;
  uint64_t tag, value = 0;
  started->number = 0;
  while (at < end) {
    at = read_varint(at, end, &tag);
    if (tag == (33 << 3 | 2)) {
      at = read_varint(at, end, &value); // and on with what is inside
      continue;
    }
    at = read_varint(at, end, &value);
    if (tag == 0x10) started->number = value;
    if ((tag & 7) == 2) at += value;
  }
}

bool protobuf_close(int fd, const instance *closed) {
  buffer id = {0}, frame = {0};
  put_byte(&id, 0x08);
  put_varint(&id, closed->number);
  begin_frame(&frame);
  put(&frame, "\x08\x03", 2); // sequence 3
  put(&frame, "\x9a\x02", 2); // cmd_close_instance: 35
  put_varint(&frame, id.length);
  put(&frame, id.bytes, id.length);
  send_command(fd, &frame);
  free(id.bytes);
  uint32_t length;
  uint8_t answer[4096];
  return read_all(fd, &length, 4) && length <= sizeof answer && read_all(fd, answer, length);
}
