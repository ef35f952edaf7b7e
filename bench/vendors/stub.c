/*
 * Both vendors at once, for measuring: the Taobao Open Platform (single calls and batches) and zvcms (V2 gift cards, V3
 * exchange codes). It answers as cheaply as it can, so that what is measured is the server in front of it. Signatures
 * are not checked here: the sandbox of the tests does that. stub.mjs is the same for machines without a C compiler, and
 * expected.ts says what is answered to whom.
 *
 * One thread, epoll, HTTP/1.1 with keep-alive, one request at a time on a connection, bodies with Content-Length.
 * Commands come on stdin, one a line, each answered by one line on stdout: "latency MS" and "counters". When stdin ends,
 * so does the stub: it cannot outlive whoever started it.
 */
#define _GNU_SOURCE
#include "answers.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_REQUEST = 1 << 20, MAX_EVENTS = 256 };
typedef struct Connection {
  int fd;
  Text in, out;
  size_t sent;
  bool delayed, closed, wants_write;
  uint64_t due_ns;
  struct Connection *next_delayed;
} Connection;

static int epoll_fd, timer_fd;
static uint64_t latency_ns;
/* The latency is the same for all, so answers fall due in the order in which they were made: a plain queue will do. */
static Connection *first_delayed, *last_delayed;

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void watch(Connection *connection, int operation, bool writing) {
  struct epoll_event event = { .events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.ptr = connection };
  epoll_ctl(epoll_fd, operation, connection->fd, &event);
  connection->wants_write = writing;
}

static void release(Connection *connection) {
  if (!connection->closed) { close(connection->fd); connection->closed = true; }
  if (connection->delayed) return; /* the queue still points here; it releases it when it is due */
  free(connection->in.data);
  free(connection->out.data);
  free(connection);
}

static void arm_timer(void) {
  struct itimerspec at = { 0 };
  if (first_delayed) {
    at.it_value.tv_sec = (time_t)(first_delayed->due_ns / 1000000000u);
    at.it_value.tv_nsec = (long)(first_delayed->due_ns % 1000000000u);
  }
  timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

/* Whether the connection is still there. */
static bool send_rest(Connection *connection) {
  while (connection->sent < connection->out.length) {
    ssize_t written = write(connection->fd, connection->out.data + connection->sent, connection->out.length - connection->sent);
    if (written < 0) {
      if (errno == EAGAIN) { if (!connection->wants_write) watch(connection, EPOLL_CTL_MOD, true); return true; }
      release(connection);
      return false;
    }
    connection->sent += (size_t)written;
  }
  if (connection->wants_write) watch(connection, EPOLL_CTL_MOD, false);
  return true;
}

/* Answers a request that has arrived in full. */
static void take_request(Connection *connection) {
  Text *in = &connection->in;
  if (connection->delayed || connection->sent < connection->out.length) return;
  char *end = memmem(in->data, in->length, "\r\n\r\n", 4);
  if (!end) return;
  end[2] = '\0';
  const char *field = strcasestr(in->data, "\r\ncontent-length:");
  size_t length = field ? strtoul(field + 17, NULL, 10) : 0;
  size_t head = (size_t)(end + 4 - in->data);
  end[2] = '\r';
  if (length > MAX_REQUEST) { release(connection); return; }
  if (in->length < head + length) return;
  connection->sent = 0;
  answer(&connection->out, in->data, end + 4, length);
  in->length -= head + length;
  memmove(in->data, end + 4 + length, in->length);
  if (latency_ns == 0) { send_rest(connection); return; }
  connection->delayed = true;
  connection->due_ns = now_ns() + latency_ns;
  connection->next_delayed = NULL;
  if (last_delayed) last_delayed->next_delayed = connection; else first_delayed = connection;
  last_delayed = connection;
  if (first_delayed == connection) arm_timer();
}

static void read_more(Connection *connection) {
  for (;;) {
    reserve(&connection->in, 16384);
    ssize_t count = read(connection->fd, connection->in.data + connection->in.length, 16384);
    if (count < 0 && errno == EAGAIN) break;
    if (count <= 0 || connection->in.length > 2 * MAX_REQUEST) { release(connection); return; }
    connection->in.length += (size_t)count;
    if (count < 16384) break;
  }
  take_request(connection);
}

static void send_due(void) {
  uint64_t expirations, now = now_ns();
  if (read(timer_fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN) abort();
  while (first_delayed && first_delayed->due_ns <= now) {
    Connection *connection = first_delayed;
    first_delayed = connection->next_delayed;
    if (!first_delayed) last_delayed = NULL;
    connection->delayed = false;
    if (connection->closed) release(connection);
    else if (send_rest(connection)) take_request(connection);
  }
  arm_timer();
}

static void obey(char *line) {
  if (starts(line, "latency ")) latency_ns = strtoul(line + 8, NULL, 10) * 1000000u;
  printf("{\"requests\":%lu,\"singles\":%lu,\"batches\":%lu,\"vouchers\":%lu,\"cardLists\":%lu,\"codes\":%lu,\"refused\":%lu}\n",
         counters.requests, counters.singles, counters.batches, counters.vouchers, counters.card_lists, counters.codes, counters.refused);
  fflush(stdout);
}

static void read_commands(void) {
  static char line[256];
  static size_t length;
  ssize_t count = read(STDIN_FILENO, line + length, sizeof line - 1 - length);
  if (count <= 0) exit(0);
  length += (size_t)count;
  line[length] = '\0';
  for (char *end; (end = strchr(line, '\n')); ) {
    *end = '\0';
    obey(line);
    length -= (size_t)(end + 1 - line);
    memmove(line, end + 1, length + 1);
  }
  if (length == sizeof line - 1) exit(1);
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0; ) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection *connection = calloc(1, sizeof *connection);
    if (!connection) abort();
    connection->fd = fd;
    watch(connection, EPOLL_CTL_ADD, false);
  }
}

static void watch_fd(int fd, void *marker) {
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = marker };
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) { perror("epoll_ctl"); exit(1); }
}

int main(void) {
  static char listening, timing, commanding; /* their addresses tell these three apart from connections */
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole group; the end of stdin is what stops the stub */
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) { files.rlim_cur = files.rlim_max; setrlimit(RLIMIT_NOFILE, &files); }

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 4096) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) < 0) { perror("listen"); return 1; }
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (epoll_fd < 0 || timer_fd < 0) { perror("epoll"); return 1; }
  watch_fd(listener, &listening);
  watch_fd(timer_fd, &timing);
  watch_fd(STDIN_FILENO, &commanding);
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);

  static struct epoll_event events[MAX_EVENTS];
  for (;;) {
    int count = epoll_wait(epoll_fd, events, MAX_EVENTS, -1);
    bool due = false;
    for (int i = 0; i < count; i++) {
      void *what = events[i].data.ptr;
      if (what == &listening) accept_all(listener);
      else if (what == &commanding) read_commands();
      else if (what == &timing) due = true; /* last, since it may free what an event here still points to */
      else if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_more(what);
      else if (send_rest(what)) take_request(what);
    }
    if (due) send_due();
  }
}
