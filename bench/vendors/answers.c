/* The vendors' answers as their documents show them, every scalar as text. */
#define _GNU_SOURCE
#include "answers.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_CARDS = 9999 };
static const char SEPARATOR[] = "\r\n-S-\r\n";


Counters counters;

void reserve(Text *text, size_t more) {
  if (text->length + more <= text->capacity) return;
  while (text->capacity < text->length + more) text->capacity = text->capacity ? text->capacity * 2 : 4096;
  text->data = realloc(text->data, text->capacity);
  if (!text->data) abort();
}

static void put(Text *text, const char *from, size_t length) {
  reserve(text, length);
  memcpy(text->data + text->length, from, length);
  text->length += length;
}

static void put_text(Text *text, const char *from) { put(text, from, strlen(from)); }

static void put_number(Text *text, uint64_t number, int min_digits) {
  char digits[24];
  int at = sizeof digits;
  do { digits[--at] = (char)('0' + number % 10); number /= 10; min_digits--; } while (number > 0 || min_digits > 0);
  put(text, digits + at, sizeof digits - (size_t)at);
}

/* What follows `name` within the text, or NULL. */
static const char *after(const char *from, size_t length, const char *name) {
  const char *found = memmem(from, length, name, strlen(name));
  return found ? found + strlen(name) : NULL;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The mobile number stands in the code, by which the measuring side sees that the right person got it. */
static void answer_voucher(Text *out, const char *call, size_t length) {
  const char *end = call + length;
  const char *mobile = after(call, length, "mobile%22%3A%22");
  if (!mobile) mobile = after(call, length, "\"mobile\":\"");
  if (!mobile) {
    counters.refused++;
    put_text(out, "{\"error_response\":{\"code\":41,\"msg\":\"Invalid arguments\",\"sub_code\":\"isv.invalid-parameter\"}}");
    return;
  }
  const char *stop = mobile;
  while (stop < end && is_digit(*stop)) stop++;
  counters.vouchers++;
  put_text(out, "{\"alibaba_campus_bs_voucher_get_response\":{\"result\":true,\"result_code\":\"200\",\"content\":{\"qr_code\":\"D");
  put(out, mobile, (size_t)(stop - mobile));
  put_text(out, "-");
  put_number(out, counters.vouchers, 10);
  put_text(out, "\"},\"result_msg\":\"success\",\"request_id\":\"");
  put_number(out, counters.vouchers, 12);
  put_text(out, "\"}}");
}

static void answer_batch(Text *out, const char *body, size_t length) {
  const char *end = body + length;
  /* Shared parameters: the only one that clients send there is the method, of which there is one. */
  if (length >= 8 && memcmp(body, "#PUBLIC#", 8) == 0) {
    const char *rest = after(body, length, SEPARATOR);
    body = rest ? rest : end;
  }
  for (bool first = true; body < end; first = false) {
    const char *next = memmem(body, (size_t)(end - body), SEPARATOR, sizeof SEPARATOR - 1);
    if (!first) put_text(out, SEPARATOR);
    answer_voucher(out, body, (size_t)((next ? next : end) - body));
    body = next ? next + sizeof SEPARATOR - 1 : end;
  }
}

/* "7", eight digits of the person's number, four of how many cards. */
static void answer_cards(Text *out, const char *body, size_t length) {
  const char *user = after(body, length, "\"user_id\":\"");
  uint64_t person = 0, cards = 0;
  for (int i = 1; user && i < 13; i++) {
    if (!is_digit(user[i])) { user = NULL; break; }
    uint64_t digit = (uint64_t)(user[i] - '0');
    if (i < 9) person = person * 10 + digit; else cards = cards * 10 + digit;
  }
  if (!user || cards > MAX_CARDS) {
    counters.refused++;
    put_text(out, "{\"status\":\"true\",\"code\":\"100002\",\"message\":\"fail\",\"data\":[]}");
    return;
  }
  counters.card_lists++;
  put_text(out, "{\"status\":\"true\",\"code\":\"0\",\"message\":\"success\",\"data\":[");
  for (uint64_t card = 0; card < cards; card++) {
    uint64_t fen = (person * 7919 + card * 10473) % 50000;
    put_text(out, card ? ",{\"id\":\"71" : "{\"id\":\"71");
    put_number(out, person, 8);
    put_number(out, card, 8);
    put_text(out, "\",\"gift_card_id\":\"610000000000000077\",\"gift_title\":\"新年卡\","
                  "\"cover\":\"https://cards.example/cover.png\",\"par_value\":\"");
    put_number(out, fen / 100, 1);
    put_text(out, ".");
    put_number(out, fen % 100, 2);
    put_text(out, "\",\"deduct_amount\":\"500.00\",\"status\":\"4\",\"status_desc\":\"已绑定\",\"bind_status\":\"1\","
                  "\"validType\":\"3\",\"expired_desc\":\"2026-02-01 至 2027-01-31\",\"isErp\":\"0\","
                  "\"beginAt\":\"2026-02-01 00:00:00\",\"endAt\":\"2027-01-31 23:59:59\",\"createdAt\":\"2026-01-02 03:04:05\"}");
  }
  put_text(out, "]}");
}

/* Can be redeemed where the last digit is even. */
static void answer_code(Text *out, const char *body, size_t length) {
  const char *code = after(body, length, "\"exchangeCode\":\"");
  const char *end = code ? memchr(code, '"', (size_t)(body + length - code)) : NULL;
  if (!end || end == code) {
    counters.refused++;
    put_text(out, "{\"status\":\"true\",\"code\":\"100002\",\"message\":\"fail\",\"data\":[]}");
    return;
  }
  counters.codes++;
  put_text(out, "{\"status\":\"true\",\"code\":\"0\",\"message\":\"success\",\"data\":{\"status\":\"");
  put_text(out, (end[-1] - '0') % 2 == 0 ? "true\"}}" : "false\"}}");
}

bool starts(const char *head, const char *with) { return strncmp(head, with, strlen(with)) == 0; }

void answer(Text *out, const char *head, const char *body, size_t length) {
  static Text content;
  content.length = 0;
  const char *status = "200 OK";
  counters.requests++;
  if (starts(head, "POST /router/rest")) { counters.singles++; answer_voucher(&content, body, length); }
  else if (starts(head, "POST /router/batch")) { counters.batches++; answer_batch(&content, body, length); }
  else if (starts(head, "POST /api/v2")) answer_cards(&content, body, length);
  else if (starts(head, "POST /v3/coupon/exchange/getExchangeCodeStatus")) answer_code(&content, body, length);
  else { counters.refused++; status = "404 Not Found"; put_text(&content, "{}"); }
  out->length = 0;
  put_text(out, "HTTP/1.1 ");
  put_text(out, status);
  put_text(out, "\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ");
  put_number(out, content.length, 1);
  put_text(out, "\r\n\r\n");
  put(out, content.data, content.length);
}
