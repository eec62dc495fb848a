// The least that ProtoBuf:1 needs: the calls of a handler as frames that were made at the start, one write for all that
// need not wait for an answer, answers that are counted and not read. `floor HANDLER SOCKET`.
#include "../../client/client.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// Frames that go out together, and how many answers come before the next ones are due.
typedef struct {
  buffer frames;
  unsigned answers;
} stage;

typedef struct {
  int fd;
  uint8_t in[16384];
  size_t length;
  unsigned owed, next_stage;
  bool in_event;
  uint64_t sequence;
} peer;

static stage stages[2];
static unsigned stage_count;

static void prepare(const char *handler);
static int listen_at(const char *path);
static void serve(int listener);
static bool receive(peer *from);
static void handle_frame(peer *from, const uint8_t *frame, size_t length);

int main(int argc, char **argv) {
  if (argc != 3) stop("floor empty|hello|rich|log SOCKET", "");
  prepare(argv[1]);
  serve(listen_at(argv[2]));
}

static void frame(buffer *out, const void *bytes, size_t length) {
  const uint32_t head = (uint32_t)length;
  put(out, &head, 4);
  put(out, bytes, length);
}

static void add_call(stage *to, const char *method, const buffer *arguments) {
  frame(&to->frames, method, strlen(method));
  frame(&to->frames, arguments->bytes, arguments->length);
  to->answers++;
}

static void add_get(const char *method, const char *arguments, size_t length) {
  buffer bytes = {0};
  put(&bytes, arguments, length);
  add_call(&stages[0], method, &bytes);
}

static void add_set(const char *method, const char *name, const char *text) {
  buffer value = {0}, pair = {0};
  put_field(&value, 0x1a, text, strlen(text));
  put_field(&pair, 0x0a, name, strlen(name));
  put_field(&pair, 0x12, value.bytes, value.length);
  add_call(&stages[1], method, &pair);
}

static void prepare(const char *handler) {
  stage_count = 2;
  if (strcmp(handler, "empty") == 0) stage_count = 1;
  else if (strcmp(handler, "log") == 0) add_get("kong.log.serialize", "", 0);
  else if (strcmp(handler, "hello") == 0) {
    add_get("kong.request.get_header", "\x0a\x04host", 6);
    add_set("kong.response.set_header", "x-bench-hello", "hello bench.example");
  } else if (strcmp(handler, "rich") == 0) {
    add_get("kong.request.get_headers", "\x08\x64", 2);
    add_get("kong.request.get_query", "\x08\x64", 2);
    add_get("kong.request.get_raw_body", "", 0);
    for (int side = 0; side < 2; side++) {
      const char *method = side == 0 ? "kong.response.set_header" : "kong.service.request.set_header";
      add_set(method, "x-bench-agent", "bench/1.0 (load client)");
      add_set(method, "x-bench-id", "4711");
      add_set(method, "x-bench-length", "1024");
    }
  } else stop("The floor has no handler ", handler);
}

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  unlink(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0)
    stop("Cannot listen on ", path);
  return fd;
}

static void serve(int listener) {
  const int poll_fd = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, ready[256];
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    const int count = epoll_wait(poll_fd, ready, 256, -1);
    for (int index = 0; index < count; index++) {
      peer *one = ready[index].data.ptr;
      if (one != NULL) {
        if (receive(one)) continue;
        close(one->fd);
        free(one);
        continue;
      }
      const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
      if (fd < 0) continue;
      one = calloc(1, sizeof *one);
      one->fd = fd;
      event.data.ptr = one;
      epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
    }
  }
}

static bool receive(peer *from) {
  const ssize_t got = recv(from->fd, from->in + from->length, sizeof from->in - from->length, 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  from->length += (size_t)got;
  size_t at = 0;
  for (uint32_t length; from->length - at >= 4; at += 4 + length) {
    memcpy(&length, from->in + at, 4);
    if (length > sizeof from->in - 4) return false;
    if (from->length - at - 4 < length) break;
    handle_frame(from, from->in + at + 4, length);
  }
  from->length -= at;
  memmove(from->in, from->in + at, from->length);
  return true;
}

static void send_all(peer *to, const buffer *out) {
  if (send(to->fd, out->bytes, out->length, MSG_NOSIGNAL) != (ssize_t)out->length && errno == EAGAIN)
    stop("The floor cannot wait for a peer that does not read", "");
}

static void next_stage(peer *to) {
  static buffer out;
  out.length = 0;
  const stage *sent = &stages[to->next_stage++];
  put(&out, sent->frames.bytes, sent->frames.length);
  to->owed = sent->answers;
  if (to->next_stage == stage_count) {
    buffer answer = {0};
    uint8_t memory[16];
    answer.bytes = memory;
    answer.room = sizeof memory;
    put_byte(&answer, 0x08);
    put_varint(&answer, to->sequence);
    frame(&out, "", 0);
    frame(&out, answer.bytes, answer.length);
    to->in_event = false;
  }
  send_all(to, &out);
}

static uint64_t read_number(const uint8_t **at, const uint8_t *end) {
  uint64_t value = 0;
  for (int shift = 0; *at < end && shift < 64; shift += 7) {
    const uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

static void handle_frame(peer *from, const uint8_t *frame_bytes, size_t length) {
  if (from->owed > 0) {
    if (--from->owed == 0 && from->in_event) next_stage(from);
    return;
  }
  const uint8_t *at = frame_bytes, *end = frame_bytes + length;
  bool event = false;
  while (at < end) {
    const uint64_t tag = read_number(&at, end), value = read_number(&at, end);
    if (tag == 0x08) from->sequence = value;
    if (tag == (36 << 3 | 2)) event = true;
    if ((tag & 7) == 2) at += value;
  }
  if (event) {
    from->in_event = true;
    from->next_stage = 0;
    next_stage(from);
    return;
  }
  // RpcReturn{sequence, instance_status{instance_id: 1}}
  buffer out = {0}, answer = {0};
  put_byte(&answer, 0x08);
  put_varint(&answer, from->sequence);
  put(&answer, "\x8a\x02\x02\x10\x01", 5);
  frame(&out, answer.bytes, answer.length);
  send_all(from, &out);
  free(out.bytes);
  free(answer.bytes);
}
