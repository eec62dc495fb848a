// What the files of the load client share.
#ifndef CLIENT_H
#define CLIENT_H
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  const uint8_t *bytes;
  size_t length;
} span;

// Grows as it is written to.
typedef struct {
  uint8_t *bytes;
  size_t length, room;
} buffer;

void put(buffer *out, const void *bytes, size_t length);
void put_byte(buffer *out, uint8_t byte);
void put_varint(buffer *out, uint64_t value);
void put_field(buffer *out, uint8_t tag, const void *bytes, size_t length);
void pack_unsigned(buffer *out, uint64_t value);
void pack_text(buffer *out, const char *text, size_t length);
void pack_binary(buffer *out, const void *bytes, size_t length);
void pack_map(buffer *out, size_t members);
void pack_array(buffer *out, size_t items);
_Noreturn void stop(const char *sentence, const char *value);

typedef struct {
  const char *socket, *name, *config, *phase, *handler, *authorization;
  bool msgpack;
  size_t connections, instances, events, body;
  double seconds, warmup, reconfigure;
} options;

options read_options(int argc, char **argv);

// One call that a handler has to make, and what the client, in Kong's place, answers.
typedef struct {
  const char *method;
  size_t method_length;
  const char *step;     // MsgPack:1's method that brings its answer
  const char *sent;     // what must stand near the start of the arguments
  size_t least;         // how many bytes they must have
  span protobuf;        // the whole frame; no bytes for an empty one
  span msgpack;         // no bytes for nil
} call;

typedef struct {
  const char *name, *phase;
  call calls[16];
  size_t count;
} work;

const work *prepare_work(const options *chosen);

// Nanoseconds in buckets of 1/256 of their size: no value is off by more than 0.4 %.
void record_latency(uint64_t nanoseconds);
void clear_latencies(void);
uint64_t latency_at(double share);
uint64_t longest_latency(void);

typedef struct {
  uint8_t raw[9];       // the id as a MsgPack value; ProtoBuf:1 has it as a number
  size_t raw_length;
  uint64_t number;
  uint64_t generation;  // how often it was started
} instance;

enum expected { METHOD, ARGUMENTS, RETURN };

typedef struct {
  int fd;
  buffer in;
  size_t read;          // bytes of `in` that were consumed
  span *queue;          // what the socket did not take yet
  size_t queued, queue_room, queue_start;
  bool watches_writes;
  buffer head;          // the message of this connection that is no canned answer
  enum expected expected;
  bool under_way, exits, wrong;
  size_t next;          // the call that is due
  const call *current;
  size_t instance;
  uint64_t generation, sequence, began;
} connection;

typedef struct {
  uint64_t events, calls, exits, failed_exits, closed, errors, mismatches, unanswered, restarts, reconfigurations;
  char first_mismatch[256];
} counts;

extern options chosen;
extern const work *plan;
extern instance *instances;
extern counts counted;
extern int poll_fd;
extern size_t open_connections;

uint64_t now(void);
bool open_connection(connection *c);
void close_connection(connection *c);
// The memory must stay until it is sent.
void send_span(connection *c, const void *bytes, size_t length);
void flush_queue(connection *c);
// False when the peer is gone.
bool fill_input(connection *c);

void begin_event(connection *c);
void end_event(connection *c);
void lose_event(connection *c, uint64_t *counter);
void mismatch(connection *c, const char *what, const char *text, size_t length);
void check_method(connection *c, const uint8_t *method, size_t length);
void check_arguments(connection *c, const uint8_t *arguments, size_t length);
void event_exits(connection *c, uint64_t status);
void restart_instance(size_t index, uint64_t generation);
// Over a connection of its own that blocks.
void start_instance(size_t index);
// False when the peer is gone, or takes longer than a connection that blocks may wait.
bool read_all(int fd, void *bytes, size_t length);
void read_exactly(int fd, void *bytes, size_t length);

void protobuf_begin(connection *c);
bool protobuf_read(connection *c);
void protobuf_start(int fd, const char *config, instance *started);
// False when no answer came; what it says does not matter.
bool protobuf_close(int fd, const instance *closed);

void msgpack_begin(connection *c);
bool msgpack_read(connection *c);
void msgpack_start(int fd, const char *config, instance *started);
bool msgpack_close(int fd, const instance *closed);
#endif
