/*
 * Pairings: who may come in with a new phone or screen, for some minutes and once. A phone
 * brings the code of a QR picture; a screen shows a short code, is approved by an admin, and
 * comes for its token with a secret of its own. Of code and secret only hashes are stored.
 * Thread, errors, times: as store/store.h; writes on a STORE_DUTIES connection.
 */
#pragma once
#include "store/access_rows.h"
#include "store/device_rows.h"

enum { SHORT_CODE = 6 }; /* characters that a screen shows */

struct pairing_row {
    int64_t id;
    uint8_t hash[TOKEN_HASH];
    enum device_kind kind;
    char *person;              /* of a phone */
    char *screen;              /* of a screen, once it is approved */
    char code[SHORT_CODE + 1]; /* of a screen, as shown; "" of a phone */
    char *by;                  /* who made or approved it; NULL: nobody yet */
    int64_t created_us, expires_us, used_us; /* used_us 0: not yet */
};

/* What is over for a day is forgotten. */
bool pairing_insert(struct store *s, struct pairing_row *row /* id is set */, struct error *err);
bool pairing_by_hash(struct store *s, const uint8_t hash[TOKEN_HASH], struct pairing_row *out,
                     bool *found, struct error *err);
/* `done` false: the code is unknown, over, approved already, or shown by two screens. */
bool pairing_approve(struct store *s, const char *code, const char *screen, const char *by,
                     int64_t at_us, bool *done, struct error *err);
/* Of several that come with one code exactly one is `first`, and only before it expires. */
bool pairing_use(struct store *s, int64_t id, int64_t at_us, bool *first, struct error *err);
/* Of screens that wait for somebody to approve them the newest `most` - 1 are left: nobody
 * fills the catalogue by asking, nor keeps others from it. */
bool pairings_make_room(struct store *s, int64_t at_us, int64_t most, struct error *err);
void pairing_row_clear(struct pairing_row *row);
