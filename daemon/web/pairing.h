/*
 * What the files about pairing share. Thread: loop only, but pairing_find() and
 * pairing_admit(), which are work for a desk; their job is a struct admission.
 */
#pragma once
#include "ask.h"
#include "core/secret.h"
#include "rights.h"
#include "store/pairing_rows.h"

enum { CODE_CHARACTERS = 43, PAIRING_S = 600, DEVICE_NAME_MAX = 80 };

/* Whether `who` may pair, see and revoke what this person comes in with: admins, and
 * officials of rank 1 for the officials of their own areas. */
bool may_pair_person(const struct who *who, const struct person *person);

/* What somebody without a right brings; NULL: answered, for it comes from another site's page
 * or after too many wrong ones. */
json_t *pairing_object(struct ask *ask);

/* A device on its way in: its token is made by the loop, its rows by the desk. */
struct admission {
    char code[CODE_CHARACTERS + 1]; /* that the device brought */
    char token[CODE_CHARACTERS + 1];
    struct pairing_row pairing;
    struct device_row device;
    struct token_row row;
    bool looks; /* only asks whom the code is for */
    bool found, first, failed;
    struct error err;
};
void admission_drop(void *job);

/* Looks up the pairing of the code that was brought. */
void pairing_find(struct store *store, void *job);
/* Uses the pairing up and writes token, device and access log, or nothing of it. */
void pairing_admit(struct store *store, void *job);
/* The device's token as the page's cookie. */
void pairing_let_in(struct ask *ask, const struct admission *in);

/* An SVG of `text` as a QR code, black on white with its quiet zone; NULL: too long for one.
 * The caller frees. Source: ISO/IEC 18004, by libqrencode. */
char *qr_svg(const char *text);
