// A load client that speaks to a plugin server as Kong does, and checks that each event makes the calls that its
// handler has to make. One thread: instances are started, then every connection runs one event after the other. What
// is under way when the time is up ends uncounted. Prints one line of JSON; `measuring` and `measured` go to stderr.
#include "client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

options chosen;
const work *plan;
instance *instances;
counts counted;
int poll_fd;

static connection *connections;
static enum { WARMING, MEASURING, DRAINING } stage;
static uint64_t measured_from, measured_to, deadline, begun, last_end;
static double processor;
static size_t turn, reconfigured;

static const uint64_t second = 1000000000;

static void open_all(void);
static void run(void);
static void reconfigure(void);
static void close_instances(void);
static void raise_limit(void);
static void start_measuring(uint64_t at);
static void stop_measuring(uint64_t at);
static double processor_seconds(void);
static void print_result(double seconds);

int main(int argc, char **argv) {
  chosen = read_options(argc, argv);
  plan = prepare_work(&chosen);
  raise_limit();
  poll_fd = epoll_create1(0);
  instances = calloc(chosen.instances, sizeof *instances);
  connections = calloc(chosen.connections, sizeof *connections);
  for (size_t index = 0; index < chosen.instances; index++) start_instance(index);
  open_all();
  run();
  close_instances();
  print_result((double)(measured_to - measured_from) / 1e9);
}

static void open_all(void) {
  const uint64_t from = now();
  deadline = from + (uint64_t)(chosen.warmup * 1e9);
  if (chosen.warmup == 0) start_measuring(from);
  for (size_t index = 0; index < chosen.connections; index++) {
    connection *c = &connections[index];
    c->sequence = 1;
    if (!open_connection(c)) stop("Nobody listens on ", chosen.socket);
    begin_event(c);
  }
}

// Also opens again what was closed; a server that is just being replaced is waited for.
static void reopen(void) {
  for (size_t index = 0; index < chosen.connections; index++) {
    connection *c = &connections[index];
    if (c->fd < 0 && open_connection(c)) begin_event(c);
  }
}

static void handle(connection *c, uint32_t ready) {
  if (ready & EPOLLOUT) flush_queue(c);
  if ((ready & ~(uint32_t)EPOLLOUT) == 0) return;
  const bool open = fill_input(c);
  if (chosen.msgpack ? !msgpack_read(c) : !protobuf_read(c)) return;
  if (open) return;
  if (c->under_way) lose_event(c, &counted.closed);
  close_connection(c);
}

static size_t count_under_way(void) {
  size_t found = 0;
  for (size_t index = 0; index < chosen.connections; index++) found += connections[index].under_way;
  return found;
}

static void run(void) {
  struct epoll_event ready[256];
  const uint64_t period = (uint64_t)(chosen.reconfigure * 1e9);
  uint64_t due = now() + period;
  while (stage != DRAINING || count_under_way() > 0) {
    const int count = epoll_wait(poll_fd, ready, 256, 5);
    for (int index = 0; index < count; index++) handle(ready[index].data.ptr, ready[index].events);
    const uint64_t at = now();
    if (stage == WARMING && at >= deadline) start_measuring(at);
    else if (stage == MEASURING && chosen.events == 0 && at >= deadline) stop_measuring(at);
    else if (stage == MEASURING && chosen.events > 0 && at > last_end + 60 * second)
      stop("No event ended for 60 seconds on ", chosen.socket);
    else if (stage == DRAINING && at > measured_to + 10 * second) break;
    if (period > 0 && stage != DRAINING && at >= due) {
      reconfigure();
      due += period;
    }
    if (stage != DRAINING && open_connections < chosen.connections) reopen();
  }
  counted.unanswered = count_under_way();
}

static void start_measuring(uint64_t at) {
  stage = MEASURING;
  measured_from = last_end = at;
  deadline = at + (uint64_t)(chosen.seconds * 1e9);
  begun = count_under_way();
  memset(&counted, 0, sizeof counted);
  clear_latencies();
  processor = processor_seconds();
  fputs("measuring\n", stderr);
}

static void stop_measuring(uint64_t at) {
  stage = DRAINING;
  measured_to = at;
  processor = processor_seconds() - processor;
  fputs("measured\n", stderr);
}

void begin_event(connection *c) {
  if (stage == DRAINING || (stage == MEASURING && chosen.events > 0 && begun >= chosen.events)) return;
  begun++;
  c->began = now();
  c->sequence++;
  c->next = 0;
  c->wrong = c->exits = false;
  c->under_way = true;
  c->instance = turn++ % chosen.instances;
  c->generation = instances[c->instance].generation;
  if (chosen.msgpack) msgpack_begin(c);
  else protobuf_begin(c);
}

static void event_is_over(connection *c, uint64_t at) {
  c->under_way = false;
  last_end = at;
  const uint64_t failures = counted.closed + counted.errors + counted.mismatches + counted.exits;
  if (chosen.events > 0 && stage == MEASURING && counted.events + failures >= chosen.events) stop_measuring(at);
}

void end_event(connection *c) {
  const uint64_t at = now();
  if (c->next < plan->count) {
    const call *due = &plan->calls[c->next];
    mismatch(c, "the event ended before it called ", due->method, due->method_length);
  }
  if (c->wrong) counted.mismatches++;
  else if (stage != DRAINING) {
    counted.events++;
    counted.calls += plan->count;
    record_latency(at - c->began);
  }
  event_is_over(c, at);
  begin_event(c);
}

// What went wrong is counted there. The next event begins here, or with a new connection.
void lose_event(connection *c, uint64_t *counter) {
  ++*counter;
  event_is_over(c, now());
  if (chosen.msgpack && counter != &counted.closed) begin_event(c);
}

void event_exits(connection *c, uint64_t status) {
  if (status >= 500) counted.failed_exits++;
  lose_event(c, &counted.exits);
}

void mismatch(connection *c, const char *what, const char *text, size_t length) {
  c->wrong = true;
  if (counted.first_mismatch[0] != '\0') return;
  const int shown = length < 160 ? (int)length : 160;
  snprintf(counted.first_mismatch, sizeof counted.first_mismatch, "%s%.*s", what, shown, text);
  for (char *at = counted.first_mismatch; *at != '\0'; at++)
    if (*at < ' ' || *at == '"' || *at == '\\') *at = '?';
}

void check_method(connection *c, const uint8_t *method, size_t length) {
  const call *due = c->next < plan->count ? &plan->calls[c->next] : NULL;
  c->next++;
  c->current = due;
  if (due != NULL && due->method_length == length && memcmp(due->method, method, length) == 0) return;
  c->current = NULL;
  c->exits = (length == 18 && memcmp(method, "kong.response.exit", 18) == 0) ||
             (length == 19 && memcmp(method, "kong.response.error", 19) == 0);
  mismatch(c, "the event made a call that was not due: ", (const char *)method, length);
}

void check_arguments(connection *c, const uint8_t *arguments, size_t length) {
  const call *made = c->current;
  if (made == NULL) return;
  const size_t searched = length < 512 ? length : 512;
  if (length < made->least || memmem(arguments, searched, made->sent, strlen(made->sent)) == NULL)
    mismatch(c, "the arguments are not those that are due for ", made->method, made->method_length);
}

void restart_instance(size_t index, uint64_t generation) {
  counted.restarts++;
  begun--; // the event is run again
  if (instances[index].generation == generation) start_instance(index);
}

// A connection that blocks, or -1.
static int connect_blocking(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, chosen.socket, sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  const struct timeval limit = {.tv_sec = 10};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

void start_instance(size_t index) {
  const int fd = connect_blocking();
  if (fd < 0) stop("Nobody listens on ", chosen.socket);
  // Kong adds members of its own.
  const size_t room = strlen(chosen.config) + 128;
  char *config = malloc(room);
  const char *rest = chosen.config + 1 + strspn(chosen.config + 1, " \n\t");
  snprintf(config, room, "{\"__plugin_id\":\"00000000-0000-4000-8000-%012zu\",\"__seq__\":%zu%s%s", index, index + 1,
           *rest == '}' ? "" : ",", rest);
  instance *started = &instances[index];
  if (chosen.msgpack) msgpack_start(fd, config, started);
  else protobuf_start(fd, config, started);
  started->generation++;
  free(config);
  close(fd);
}

static bool close_instance(int fd, const instance *closed) {
  return chosen.msgpack ? msgpack_close(fd, closed) : protobuf_close(fd, closed);
}

// As Kong does when a configuration has changed: the new instance is started first.
static void reconfigure(void) {
  const size_t index = reconfigured++ % chosen.instances;
  const instance old = instances[index];
  start_instance(index);
  counted.reconfigurations++;
  const int fd = connect_blocking();
  if (fd < 0) return;
  close_instance(fd, &old);
  close(fd);
}

// A server that is gone has closed them itself.
static void close_instances(void) {
  const int fd = connect_blocking();
  if (fd < 0) return;
  for (size_t index = 0; index < chosen.instances && close_instance(fd, &instances[index]); index++) continue;
  close(fd);
}

static void raise_limit(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

uint64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static double processor_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void print_result(double seconds) {
  const uint64_t failures =
      counted.mismatches + counted.exits + counted.closed + counted.errors + counted.unanswered;
  printf("{\"handler\":\"%s\",\"dialect\":\"%s\",\"connections\":%zu,\"instances\":%zu,", chosen.handler,
         chosen.msgpack ? "MsgPack:1" : "ProtoBuf:1", chosen.connections, chosen.instances);
  printf("\"events\":%lu,\"calls\":%lu,\"seconds\":%.6f,\"eventsPerSecond\":%.1f,\"callsPerSecond\":%.1f,", counted.events,
         counted.calls, seconds, (double)counted.events / seconds, (double)counted.calls / seconds);
  printf("\"latency\":{\"p50\":%.2f,\"p99\":%.2f,\"p999\":%.2f,\"max\":%.2f},", (double)latency_at(0.5) / 1e3,
         (double)latency_at(0.99) / 1e3, (double)latency_at(0.999) / 1e3, (double)longest_latency() / 1e3);
  printf("\"failures\":%lu,\"mismatches\":%lu,\"exits\":%lu,\"exits500\":%lu,\"closed\":%lu,\"errors\":%lu,", failures,
         counted.mismatches, counted.exits, counted.failed_exits, counted.closed, counted.errors);
  printf("\"unanswered\":%lu,\"restarts\":%lu,\"reconfigurations\":%lu,\"firstMismatch\":\"%s\",\"clientCpuShare\":%.3f}\n",
         counted.unanswered, counted.restarts, counted.reconfigurations, counted.first_mismatch, processor / seconds);
}
