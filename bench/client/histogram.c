#include "client.h"
#include <string.h>

enum { PRECISION = 8, HALF = 1 << (PRECISION - 1), BUCKETS = (64 - PRECISION + 2) * HALF };

static uint64_t buckets[BUCKETS];
static uint64_t recorded, longest;

// Below 256 each value has a bucket; above, each power of two has 128, which is 0.4 % from the middle of one.
static size_t bucket_of(uint64_t value) {
  if (value < 2 * HALF) return value;
  const int shift = 64 - PRECISION - __builtin_clzll(value);
  return (size_t)shift * HALF + (value >> shift);
}

static uint64_t middle_of(size_t bucket) {
  if (bucket < 2 * HALF) return bucket;
  const int shift = (int)(bucket / HALF) - 1;
  return ((bucket - (size_t)shift * HALF) << shift) + ((uint64_t)1 << shift) / 2;
}

void record_latency(uint64_t nanoseconds) {
  buckets[bucket_of(nanoseconds)]++;
  recorded++;
  if (nanoseconds > longest) longest = nanoseconds;
}

void clear_latencies(void) {
  memset(buckets, 0, sizeof buckets);
  recorded = longest = 0;
}

uint64_t latency_at(double share) {
  uint64_t left = (uint64_t)((double)recorded * share);
  for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
    if (left < buckets[bucket]) {
      const uint64_t middle = middle_of(bucket);
      return middle < longest ? middle : longest;
    }
    left -= buckets[bucket];
  }
  return longest;
}

uint64_t longest_latency(void) { return longest; }
