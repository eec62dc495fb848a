// Sockets that never block, with what they did not take yet.
#include "client.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

size_t open_connections;

bool open_connection(connection *c) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, chosen.socket, sizeof address.sun_path - 1);
  c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) {
    close(c->fd);
    c->fd = -1;
    return false;
  }
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event);
  c->in.length = c->read = c->queued = c->queue_start = 0;
  c->watches_writes = c->under_way = false;
  open_connections++;
  return true;
}

void close_connection(connection *c) {
  close(c->fd);
  c->fd = -1;
  open_connections--;
}

static void watch_writes(connection *c, bool wanted) {
  if (c->watches_writes == wanted) return;
  c->watches_writes = wanted;
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

void send_span(connection *c, const void *bytes, size_t length) {
  if (length == 0) return;
  size_t taken = 0;
  if (c->queued == 0) {
    const ssize_t sent = send(c->fd, bytes, length, MSG_NOSIGNAL);
    if (sent == (ssize_t)length) return;
    // A peer that is gone shows when the socket is read.
    if (sent < 0 && errno != EAGAIN) return;
    taken = sent < 0 ? 0 : (size_t)sent;
  }
  if (c->queue_start + c->queued == c->queue_room) {
    memmove(c->queue, c->queue + c->queue_start, c->queued * sizeof *c->queue);
    c->queue_start = 0;
    if (c->queued * 2 >= c->queue_room) {
      c->queue_room = c->queue_room * 2 + 16;
      c->queue = realloc(c->queue, c->queue_room * sizeof *c->queue);
      if (c->queue == NULL) stop("Cannot go on without memory", "");
    }
  }
  c->queue[c->queue_start + c->queued++] = (span){(const uint8_t *)bytes + taken, length - taken};
  watch_writes(c, true);
}

void flush_queue(connection *c) {
  while (c->queued > 0) {
    span *first = &c->queue[c->queue_start];
    const ssize_t sent = send(c->fd, first->bytes, first->length, MSG_NOSIGNAL);
    if (sent < 0) return;
    first->bytes += sent;
    first->length -= (size_t)sent;
    if (first->length > 0) return;
    c->queue_start++;
    c->queued--;
  }
  c->queue_start = 0;
  watch_writes(c, false);
}

bool fill_input(connection *c) {
  if (c->read == c->in.length) c->in.length = c->read = 0;
  if (c->in.room - c->in.length < 4096) {
    memmove(c->in.bytes, c->in.bytes + c->read, c->in.length - c->read);
    c->in.length -= c->read;
    c->read = 0;
    if (c->in.room - c->in.length < c->in.room / 2 + 1) {
      c->in.room = c->in.room * 2 + 16384;
      c->in.bytes = realloc(c->in.bytes, c->in.room);
      if (c->in.bytes == NULL) stop("Cannot go on without memory", "");
    }
  }
  const ssize_t got = recv(c->fd, c->in.bytes + c->in.length, c->in.room - c->in.length, 0);
  if (got > 0) c->in.length += (size_t)got;
  return got > 0 || (got < 0 && errno == EAGAIN);
}

bool read_all(int fd, void *bytes, size_t length) {
  for (size_t done = 0; done < length;) {
    const ssize_t got = recv(fd, (uint8_t *)bytes + done, length - done, 0);
    if (got <= 0) return false;
    done += (size_t)got;
  }
  return true;
}

void read_exactly(int fd, void *bytes, size_t length) {
  if (!read_all(fd, bytes, length))
    stop("The server gave no answer to the start of an instance on ", chosen.socket);
}
