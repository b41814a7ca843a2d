/* A component that is not written in Rust, by what docs/platforms.md and crates/abi say of the boundary, as it
 * was in version 1.0. That it works shows that nothing of a Rust compiler crosses, and its bytes are those of
 * an old component for ever: fields that were added since are not in them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MANIFEST                                                                                                 \
    "hatchery-component\nabi 1.0\npanic unwind\nlanguage c\n\n"                                                  \
    "id = \"foreign\"\nversion = \"1.0.0\"\nsummary = \"Not written in Rust.\"\n"                                \
    "[provides]\nneighbor = \"1.0.0\"\n"

/* The array is one byte shorter than the text, so that no zero ends it. */
__attribute__((used, section(".hatchery"))) static const char section[sizeof(MANIFEST) - 1] = MANIFEST;

typedef struct {
    uint8_t *pointer;
    size_t length, capacity;
    void (*free)(uint8_t *, size_t, size_t);
} buf;

typedef struct {
    uint32_t status, reserved;
    buf body;
} reply;

typedef struct {
    size_t size;
    bool (*poll)(void *, const void *, reply *);
    void (*drop)(void *);
} future_table;

typedef struct {
    void *data;
    const future_table *table;
} future;

struct request;
typedef struct {
    size_t size;
    future (*call)(const void *, struct request *);
    void (*retain)(const void *);
    void (*release)(const void *);
} service_table;

typedef struct {
    const void *self;
    const service_table *table;
} service;

typedef struct request {
    size_t size;
    uint32_t method, reserved;
    buf header, args;
    service context;
} request;

typedef struct {
    uint64_t magic;
    uint16_t major, minor;
    uint32_t size;
    reply (*open)(const void *, service *);
} entry;

static void free_bytes(uint8_t *pointer, size_t length, size_t capacity) {
    (void)length, (void)capacity;
    free(pointer);
}

static reply answer(uint32_t status, const void *bytes, size_t length) {
    uint8_t *copy = length ? malloc(length) : NULL;
    if (length) memcpy(copy, bytes, length);
    return (reply){status, 0, {copy, length, length, free_bytes}};
}

/* A future that is ready: its data is the reply. */
static bool poll_ready(void *data, const void *waker, reply *place) {
    (void)waker;
    *place = *(reply *)data;
    return true;
}
static const future_table ready_table = {sizeof(future_table), poll_ready, free};

static future ready(reply it) {
    reply *data = malloc(sizeof it);
    *data = it;
    return (future){data, &ready_table};
}

/* FNV-1a, the number of a method. */
static uint32_t id(const char *name) {
    uint32_t hash = 0x811c9dc5u;
    while (*name) hash = (hash ^ (uint8_t)*name++) * 0x01000193u;
    return hash;
}

static void release_buf(buf *it) {
    it->free(it->pointer, it->length, it->capacity);
}

/* A declaration in MessagePack: a map of fourteen names, everything empty but one job and one task. */
static const uint8_t declaration[] =
    "\x8e"
    "\xa6routes\x90"
    "\xaamigrations\x90"
    "\xb1settings_defaults\x80"
    "\xafsettings_schema\x80"
    "\xadsubscriptions\x90"
    "\xa4jobs\x91\x92\xab" "foreign.odd\x81\xa4kind\xa9on_demand"
    "\xa5tasks\x91\x92\xab" "foreign.say\xa1*"
    "\xa9resources\x90"
    "\xa5slots\x90"
    "\xa9templates\x90"
    "\xa8messages\x90"
    "\xa6" "assets\x90"
    "\xa6resync\xc2"
    "\xa5" "emits\x90";
static const uint8_t started[] = "\x82\xa8instance\x01\xa8provides\x91\xa8neighbor";
static const uint8_t hello[] = "\xac" "hello from C";
static const uint8_t nothing[] = "\xc0";

#define OK(bytes) answer(0, bytes, sizeof(bytes) - 1)

static reply serve(uint32_t method) {
    if (method == id("declare")) return OK(declaration);
    if (method == id("start")) return OK(started);
    if (method == id("call") || method == id("task")) return OK(hello);
    if (method == id("stop") || method == id("check_settings")) return OK(nothing);
    /* How a call must not end: with a status that nobody knows. */
    if (method == id("job")) return answer(99, NULL, 0);
    return answer(3, "method", 6);
}

static future call(const void *self, request *it) {
    (void)self;
    reply end = serve(it->method);
    release_buf(&it->header);
    release_buf(&it->args);
    if (it->context.table) it->context.table->release(it->context.self);
    return ready(end);
}

static void keep(const void *self) {
    (void)self;
}
static const service_table table = {sizeof(service_table), call, keep, keep};

static reply open(const void *host, service *place) {
    (void)host;
    *place = (service){&table, &table};
    return answer(0, NULL, 0);
}

__attribute__((used, visibility("default"))) entry HATCHERY_COMPONENT = {
    0x504d434843544148ull, 1, 0, sizeof(entry), open};
