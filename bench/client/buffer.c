// Bytes that grow, and the few forms of ProtoBuf and MsgPack that Kong writes.
#include "client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put(buffer *out, const void *bytes, size_t length) {
  if (out->room - out->length < length) {
    out->room = (out->length + length) * 2;
    out->bytes = realloc(out->bytes, out->room);
    if (out->bytes == NULL) stop("Cannot go on without memory", "");
  }
  if (length > 0) memcpy(out->bytes + out->length, bytes, length);
  out->length += length;
}

void put_byte(buffer *out, uint8_t byte) { put(out, &byte, 1); }

void put_varint(buffer *out, uint64_t value) {
  while (value > 0x7f) {
    put_byte(out, (uint8_t)(value | 0x80));
    value >>= 7;
  }
  put_byte(out, (uint8_t)value);
}

void put_field(buffer *out, uint8_t tag, const void *bytes, size_t length) {
  put_byte(out, tag);
  put_varint(out, length);
  put(out, bytes, length);
}

static void put_big_endian(buffer *out, uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) put_byte(out, (uint8_t)(value >> shift));
}

static void pack_head(buffer *out, size_t length, uint8_t small, size_t most, uint8_t two, uint8_t four) {
  if (length < most) put_byte(out, (uint8_t)(small | length));
  else {
    put_byte(out, length < 0x10000 ? two : four);
    put_big_endian(out, length, length < 0x10000 ? 2 : 4);
  }
}

void pack_unsigned(buffer *out, uint64_t value) {
  if (value < 0x80) put_byte(out, (uint8_t)value);
  else {
    const int bytes = value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000 ? 4 : 8;
    put_byte(out, bytes == 1 ? 0xcc : bytes == 2 ? 0xcd : bytes == 4 ? 0xce : 0xcf);
    put_big_endian(out, value, bytes);
  }
}

// Kong never uses the form with one byte of length.
void pack_text(buffer *out, const char *text, size_t length) {
  pack_head(out, length, 0xa0, 32, 0xda, 0xdb);
  put(out, text, length);
}

void pack_binary(buffer *out, const void *bytes, size_t length) {
  if (length < 0x100) {
    put_byte(out, 0xc4);
    put_byte(out, (uint8_t)length);
  } else pack_head(out, length, 0, 0, 0xc5, 0xc6);
  put(out, bytes, length);
}

void pack_map(buffer *out, size_t members) { pack_head(out, members, 0x80, 16, 0xde, 0xdf); }

void pack_array(buffer *out, size_t items) { pack_head(out, items, 0x90, 16, 0xdc, 0xdd); }

_Noreturn void stop(const char *sentence, const char *value) {
  fprintf(stderr, "%s%s\n", sentence, value);
  exit(1);
}
