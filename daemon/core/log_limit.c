#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log_limit.h"
#include "core/memory.h"

/* What is kept of one key. */
struct bucket {
    struct log_left_out left_out; /* its phrase and first field are the key */
    int lines;                    /* that may be written */
    int64_t refilled_us;
    int64_t last_us;              /* somebody wanted to write one */
};

struct log_limit {
    struct bucket kept[LOG_KEPT];
    size_t count;
    struct log_left_out pushed_out; /* one that was still to be told; count 0: none */
};

struct rate {
    int burst;
    int64_t every_us;
};
static const struct rate same = { LOG_SAME_BURST, LOG_SAME_EVERY_US };
static const struct rate of_phrase = { LOG_PHRASE_BURST, LOG_PHRASE_EVERY_US };

struct log_limit *log_limit_new(void)
{
    return xcalloc(1, sizeof(struct log_limit));
}

void log_limit_free(struct log_limit *limit)
{
    free(limit);
}

static bool is_of(const struct bucket *bucket, const struct log_left_out *key)
{
    return strcmp(bucket->left_out.phrase, key->phrase) == 0 &&
           strcmp(bucket->left_out.first, key->first) == 0;
}

/* The one that was silent longest makes room; better one that left nothing out. */
static struct bucket *make_room(struct log_limit *limit)
{
    struct bucket *oldest = &limit->kept[0];

    if (limit->count < LOG_KEPT)
        return &limit->kept[limit->count++];
    for (size_t i = 1; i < limit->count; i++) {
        struct bucket *b = &limit->kept[i];
        bool owes = b->left_out.count > 0, other = oldest->left_out.count > 0;
        if (owes != other ? other : b->last_us < oldest->last_us)
            oldest = b;
    }
    if (oldest->left_out.count > 0) {
        uint64_t before = limit->pushed_out.count;
        limit->pushed_out = oldest->left_out;
        limit->pushed_out.count += before;
    }
    return oldest;
}

static struct bucket *bucket_of(struct log_limit *limit, const struct log_left_out *key,
                                const struct rate *rate, int64_t now_us)
{
    for (size_t i = 0; i < limit->count; i++)
        if (is_of(&limit->kept[i], key))
            return &limit->kept[i];
    struct bucket *bucket = make_room(limit);
    *bucket = (struct bucket){ .left_out = *key,
                               .lines = rate->burst,
                               .refilled_us = now_us,
                               .last_us = now_us };
    return bucket;
}

static void refill(struct bucket *bucket, const struct rate *rate, int64_t now_us)
{
    int64_t more = (now_us - bucket->refilled_us) / rate->every_us;

    if (more <= 0)
        return;
    bucket->refilled_us += more * rate->every_us;
    bucket->lines = more > rate->burst - bucket->lines ? rate->burst
                                                       : bucket->lines + (int)more;
}

static bool leave_out(struct bucket *bucket, int64_t now_us)
{
    if (bucket->left_out.count++ == 0)
        bucket->left_out.since_us = now_us;
    return false;
}

bool log_limit_admits(struct log_limit *limit, const char *phrase, const char *fields,
                      int64_t now_us, uint64_t *told)
{
    struct log_left_out key = { .count = 0 };

    *told = 0;
    snprintf(key.phrase, sizeof key.phrase, "%s", phrase);
    struct bucket *all = bucket_of(limit, &key, &of_phrase, now_us);
    all->last_us = now_us; /* so that it is not the one to make room */
    refill(all, &of_phrase, now_us);
    if (all->lines == 0)
        return leave_out(all, now_us);
    snprintf(key.first, sizeof key.first, "%.*s", (int)strcspn(fields, " "), fields);
    struct bucket *one = *key.first ? bucket_of(limit, &key, &same, now_us) : NULL;
    if (one) {
        one->last_us = now_us;
        refill(one, &same, now_us);
        if (one->lines == 0)
            return leave_out(one, now_us);
    }
    all->lines--;
    *told = all->left_out.count;
    all->left_out.count = 0;
    if (one) {
        one->lines--;
        *told += one->left_out.count;
        one->left_out.count = 0;
    }
    return true;
}

bool log_limit_ended(struct log_limit *limit, int64_t now_us, bool all,
                     struct log_left_out *out)
{
    if (limit->pushed_out.count > 0) {
        *out = limit->pushed_out;
        limit->pushed_out.count = 0;
        return true;
    }
    for (size_t i = 0; i < limit->count; i++) {
        struct bucket *bucket = &limit->kept[i];
        if (bucket->left_out.count == 0 ||
            (!all && now_us - bucket->last_us < LOG_ENDED_US))
            continue;
        *out = bucket->left_out;
        bucket->left_out.count = 0;
        return true;
    }
    return false;
}
