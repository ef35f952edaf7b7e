/* What the vendors say: texts in, texts out, no sockets. */
#ifndef ANSWERS_H
#define ANSWERS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct { char *data; size_t length, capacity; } Text;

typedef struct { uint64_t requests, singles, batches, vouchers, card_lists, codes, refused; } Counters;
extern Counters counters;

void reserve(Text *text, size_t more);
bool starts(const char *text, const char *with);

/* Puts the whole HTTP answer to a request into `out`, in place of what was there. */
void answer(Text *out, const char *head, const char *body, size_t length);

#endif
