#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "query.h"
#include "store/access_rows.h"

#define ACCESS "id, at_us, who, what, object, chain"

enum { APPEND, LAST, LIST, LOOKS, ALL };

static const char *const sql[] = {
    [APPEND] = "INSERT INTO access (" ACCESS ") VALUES (NULL, ?1, ?2, ?3, ?4, ?5)",
    [LAST] = "SELECT chain FROM access ORDER BY id DESC LIMIT 1",
    [LIST] = "SELECT " ACCESS " FROM access WHERE at_us < ?1"
             " ORDER BY at_us DESC, id DESC LIMIT ?2",
    [LOOKS] = "SELECT a.id, at_us, who, what, object, chain, e.camera FROM access a"
              " LEFT JOIN event e ON object LIKE 'event:%' AND e.id = substr(object, 7)"
              " WHERE at_us >= ?1 AND at_us < ?2"
              " AND (object LIKE 'camera:%' OR e.camera IS NOT NULL)"
              " ORDER BY at_us DESC, a.id DESC",
    [ALL] = "SELECT " ACCESS " FROM access ORDER BY id",
};

static void read_access(sqlite3_stmt *at, void *to)
{
    struct access_row *row = to;

    row->id = sqlite3_column_int64(at, 0);
    row->at_us = sqlite3_column_int64(at, 1);
    row->who = column_text_or_empty(at, 2);
    row->what = column_text_or_empty(at, 3);
    row->object = column_text_or_empty(at, 4);
    column_bytes(at, 5, row->chain, sizeof row->chain);
}

static void read_chain(sqlite3_stmt *at, void *to)
{
    column_bytes(at, 0, to, sizeof((struct access_row *)0)->chain);
}

static void add_number(EVP_MD_CTX *sum, uint64_t number)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    EVP_DigestUpdate(sum, bytes, sizeof bytes);
}

/* With its length before it, so that no two rows are the same bytes. */
static void add_text(EVP_MD_CTX *sum, const char *text)
{
    add_number(sum, strlen(text));
    EVP_DigestUpdate(sum, text, strlen(text));
}

static void link_row(const uint8_t before[32], const struct access_row *row,
                     uint8_t to[32])
{
    EVP_MD_CTX *sum = EVP_MD_CTX_new();

    if (!sum || EVP_DigestInit_ex(sum, EVP_sha256(), NULL) != 1)
        abort(); /* no memory */
    EVP_DigestUpdate(sum, before, 32);
    add_number(sum, (uint64_t)row->at_us);
    add_text(sum, row->who);
    add_text(sum, row->what);
    add_text(sum, row->object);
    EVP_DigestFinal_ex(sum, to, NULL);
    EVP_MD_CTX_free(sum);
}

static bool append_linked(struct store *s, const struct access_row *row,
                          struct error *err)
{
    uint8_t before[32] = { 0 }, chain[32];

    if (!query_one(s, sql[LAST], WITH_NOTHING, read_chain, before, NULL, err))
        return false;
    link_row(before, row, chain);
    return query_run(s, sql[APPEND],
                     WITH(INTEGER(row->at_us), TEXT(row->who), TEXT(row->what),
                          TEXT(row->object), BYTES(chain, sizeof chain)),
                     err);
}

bool access_append(struct store *s, const char *who, const char *what, const char *object,
                   struct error *err)
{
    struct access_row row = { .at_us = clock_wall_us(),
                              .who = (char *)who,
                              .what = (char *)what,
                              .object = (char *)object };

    /* Nobody may come between reading the last link and adding the next. */
    if (query_in_transaction(s))
        return append_linked(s, &row, err);
    if (!store_begin(s, err))
        return false;
    if (append_linked(s, &row, err))
        return store_commit(s, err);
    store_rollback(s);
    return false;
}

bool access_list_rows(struct store *s, int64_t before_us, size_t limit,
                      struct access_list *out, struct error *err)
{
    struct rows rows;
    bool well = query_rows(
        s, sql[LIST],
        WITH(INTEGER(before_us ? before_us : INT64_MAX), INTEGER((int64_t)limit)),
        read_access, sizeof(struct access_row), &rows, err);

    *out = (struct access_list){ .rows = rows.at, .count = rows.count };
    if (!well)
        access_list_free(out);
    return well;
}

static void clear_row(struct access_row *row)
{
    free(row->who);
    free(row->what);
    free(row->object);
    free(row->cameras);
}

/* "camera:gate yard 2026-11-21T12:00:00Z ..." -> " gate yard ": an identifier has no colon. */
static char *cameras_of_object(const char *object)
{
    struct bytes list = { 0 };
    const char *at = strchr(object, ':') + 1;

    for (size_t n = strcspn(at, " "); n > 0 && !memchr(at, ':', n); n = strcspn(at, " ")) {
        bytes_format(&list, " %.*s", (int)n, at);
        at += n + strspn(at + n, " ");
    }
    bytes_add(&list, " ", 2);
    return (char *)list.at;
}

static void read_look(sqlite3_stmt *at, void *to)
{
    struct access_row *row = to;

    read_access(at, row);
    char *camera = column_text(at, 6);
    row->cameras = camera ? xformat(" %s ", camera) : cameras_of_object(row->object);
    free(camera);
}

struct looking {
    size_t limit;
    access_fits_fn *fits;
    void *arg;
    struct access_list *list;
};

static bool take_look(void *arg, void *at)
{
    struct looking *looking = arg;
    struct access_list *list = looking->list;
    struct access_row *row = at;

    if (!looking->fits(looking->arg, row->cameras)) {
        clear_row(row);
        return true;
    }
    list->rows = xrealloc(list->rows, (list->count + 1) * sizeof *list->rows);
    list->rows[list->count++] = *row;
    return list->count < looking->limit;
}

bool access_list_looks(struct store *s, int64_t from_us, int64_t before_us, size_t limit,
                       access_fits_fn *fits, void *arg, struct access_list *out,
                       struct error *err)
{
    struct looking looking = { .limit = limit, .fits = fits, .arg = arg, .list = out };
    struct access_row row;

    *out = (struct access_list){ 0 };
    if (query_each(s, sql[LOOKS],
                   WITH(INTEGER(from_us), INTEGER(before_us ? before_us : INT64_MAX)),
                   read_look, &row, sizeof row, take_look, &looking, err))
        return true;
    access_list_free(out);
    return false;
}

struct walk {
    struct access_end end;
    int64_t broken_id;
};

static bool check_link(void *arg, void *at)
{
    struct walk *walk = arg;
    struct access_row *row = at;
    uint8_t chain[32];

    link_row(walk->end.chain, row, chain);
    if (memcmp(chain, row->chain, sizeof chain) != 0)
        walk->broken_id = row->id;
    memcpy(walk->end.chain, row->chain, sizeof chain);
    walk->end.rows++;
    clear_row(row);
    return walk->broken_id == 0;
}

bool access_verify(struct store *s, int64_t *broken_id, struct access_end *end,
                   struct error *err)
{
    struct walk walk = { .broken_id = 0 };
    struct access_row row;
    bool well = query_each(s, sql[ALL], WITH_NOTHING, read_access, &row, sizeof row,
                           check_link, &walk, err);

    *broken_id = walk.broken_id;
    if (end)
        *end = walk.end;
    return well;
}

void access_list_free(struct access_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        clear_row(&list->rows[i]);
    free(list->rows);
    *list = (struct access_list){ 0 };
}
