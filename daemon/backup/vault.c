#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/vault.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"

/* The head: what it is, how the key is made, what shows that the key is right, and a sum that
 * tells a damaged head from a wrong passphrase. */
enum {
    AT_COST = 8,
    AT_SALT = 12,
    SALT_BYTES = 32,
    AT_CHECK = AT_SALT + SALT_BYTES,
    CHECK_BYTES = 16,
    AT_SUM = AT_CHECK + CHECK_BYTES,
    SUM_BYTES = VAULT_HEAD_BYTES - AT_SUM,
};
static const char magic[AT_COST + 1] = "KENGBAK1";

/* 2^17 blocks of 8 * 128 bytes: 128 MiB and about half a second. A head that asks for more
 * than four times that is none of ours. */
enum { COST = 17, COST_LEAST = 14, COST_MOST = 19, BLOCK = 8, LANES = 1 };

enum {
    KEY_BYTES = 32,
    NONCE_BYTES = 12,
    TAG_BYTES = 16,
    CHUNK_BYTES = 64 << 10,
    SEALED_BYTES = CHUNK_BYTES + TAG_BYTES,
};

/* What both sides have. */
struct stream {
    int fd;
    EVP_CIPHER_CTX *cipher;
    uint8_t head[VAULT_HEAD_BYTES], key[KEY_BYTES];
    uint32_t chunk; /* the next one's number */
};

struct vault_writer {
    struct stream s;
    uint8_t plain[CHUNK_BYTES];
    size_t size;
};

struct vault_reader {
    struct stream s;
    uint8_t sealed[SEALED_BYTES + 1]; /* a byte more tells whether it is the last */
    size_t held;
    uint8_t plain[CHUNK_BYTES];
    size_t size, given;
    bool over;
};

/* ---- the key ----------------------------------------------------------------------- */

/* The check's bytes are others than the key's, and tell as little of the passphrase. */
static bool derive(const uint8_t head[VAULT_HEAD_BYTES], const char *passphrase,
                   uint8_t key[KEY_BYTES], uint8_t check[CHECK_BYTES], struct error *err)
{
    uint8_t out[KEY_BYTES + CHECK_BYTES];
    uint64_t cost = UINT64_C(1) << head[AT_COST];
    uint64_t memory = (cost + 4) * 128 * BLOCK + (1 << 20);

    if (EVP_PBE_scrypt(passphrase, strlen(passphrase), head + AT_SALT, SALT_BYTES, cost,
                       BLOCK, LANES, memory, out, sizeof out) != 1)
        return error_set(err, ERR_BUSY,
                         _("this machine has no %d MiB of memory left for the passphrase"),
                         (int)(memory >> 20));
    memcpy(key, out, KEY_BYTES);
    memcpy(check, out + KEY_BYTES, CHECK_BYTES);
    secret_wipe(out, sizeof out);
    return true;
}

static void sum_of(const uint8_t head[VAULT_HEAD_BYTES], uint8_t sum[SUM_BYTES])
{
    uint8_t whole[SHA256_DIGEST_LENGTH];

    SHA256(head, AT_SUM, whole);
    memcpy(sum, whole, SUM_BYTES);
}

/* ---- a chunk ----------------------------------------------------------------------- */

/* Its number and whether it is the last. A key is of one file, so no nonce comes twice. */
static void make_nonce(const struct stream *s, bool last, uint8_t nonce[NONCE_BYTES])
{
    memset(nonce, 0, NONCE_BYTES);
    for (int i = 0; i < 4; i++)
        nonce[NONCE_BYTES - 2 - i] = (uint8_t)(s->chunk >> 8 * i);
    nonce[NONCE_BYTES - 1] = last;
}

static bool begin(struct stream *s, bool last, bool seal)
{
    uint8_t nonce[NONCE_BYTES];
    int size;

    make_nonce(s, last, nonce);
    return EVP_CipherInit_ex(s->cipher, EVP_aes_256_gcm(), NULL, s->key, nonce, seal) == 1 &&
           EVP_CipherUpdate(s->cipher, NULL, &size, s->head, sizeof s->head) == 1;
}

static bool write_all(int fd, const uint8_t *at, size_t size, struct error *err)
{
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, ERR_DISK, _("the backup cannot be written: %s"),
                             error_of_system(errno));
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool seal_chunk(struct vault_writer *vault, bool last, struct error *err)
{
    struct stream *s = &vault->s;
    uint8_t sealed[SEALED_BYTES];
    int size = 0, rest = 0;

    bool well = begin(s, last, true) &&
                EVP_CipherUpdate(s->cipher, sealed, &size, vault->plain, (int)vault->size) == 1 &&
                EVP_CipherFinal_ex(s->cipher, sealed + size, &rest) == 1 &&
                EVP_CIPHER_CTX_ctrl(s->cipher, EVP_CTRL_GCM_GET_TAG, TAG_BYTES,
                                    sealed + vault->size) == 1;
    if (!well || s->chunk == UINT32_MAX)
        return error_set(err, ERR_MEDIA, _("the backup cannot be encrypted"));
    if (!write_all(s->fd, sealed, vault->size + TAG_BYTES, err))
        return false;
    s->chunk++;
    vault->size = 0;
    return true;
}

static bool open_chunk(struct vault_reader *vault, size_t sealed_size, bool last,
                       struct error *err)
{
    struct stream *s = &vault->s;
    size_t plain_size = sealed_size - TAG_BYTES;
    int size = 0, rest = 0;

    bool well = begin(s, last, false) &&
                EVP_CipherUpdate(s->cipher, vault->plain, &size, vault->sealed,
                                 (int)plain_size) == 1 &&
                EVP_CIPHER_CTX_ctrl(s->cipher, EVP_CTRL_GCM_SET_TAG, TAG_BYTES,
                                    vault->sealed + plain_size) == 1 &&
                EVP_CipherFinal_ex(s->cipher, vault->plain + size, &rest) == 1;
    if (!well) {
        secret_wipe(vault->plain, sizeof vault->plain);
        return error_set(err, ERR_MEDIA,
                         _("the backup is not as it was written: it is cut short or damaged "
                           "at byte %llu"),
                         (unsigned long long)VAULT_HEAD_BYTES +
                             (unsigned long long)s->chunk * SEALED_BYTES);
    }
    s->chunk++;
    vault->size = plain_size;
    vault->given = 0;
    return true;
}

/* ---- writing ------------------------------------------------------------------------ */

static void stream_clear(struct stream *s)
{
    EVP_CIPHER_CTX_free(s->cipher);
    secret_wipe(s->key, sizeof s->key);
}

static EVP_CIPHER_CTX *new_cipher(void)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();

    if (!cipher)
        abort(); /* out of memory */
    return cipher;
}

static bool is_long_enough(const char *passphrase, struct error *err)
{
    size_t length = strlen(passphrase);

    if (length < PASSPHRASE_LEAST)
        return error_set(err, ERR_CONFIG,
                         _("the passphrase is too short: at least %d characters"),
                         PASSPHRASE_LEAST);
    if (length > PASSPHRASE_MOST)
        return error_set(err, ERR_CONFIG,
                         _("the passphrase is too long: at most %d bytes"), PASSPHRASE_MOST);
    return true;
}

struct vault_writer *vault_create(int fd, const char *passphrase, struct error *err)
{
    if (!is_long_enough(passphrase, err))
        return NULL;
    struct vault_writer *vault = xcalloc(1, sizeof *vault);
    uint8_t *head = vault->s.head;
    vault->s.fd = fd;
    vault->s.cipher = new_cipher();
    memcpy(head, magic, AT_COST);
    head[AT_COST] = COST;
    head[AT_COST + 1] = BLOCK;
    head[AT_COST + 2] = LANES;
    secret_random(head + AT_SALT, SALT_BYTES);
    if (derive(head, passphrase, vault->s.key, head + AT_CHECK, err)) {
        sum_of(head, head + AT_SUM);
        if (write_all(fd, head, VAULT_HEAD_BYTES, err))
            return vault;
    }
    vault_writer_free(vault);
    return NULL;
}

bool vault_write(struct vault_writer *vault, const void *bytes, size_t size,
                 struct error *err)
{
    const uint8_t *at = bytes;

    while (size > 0) {
        /* A full one is written when more comes: the last one must be known for it. */
        if (vault->size == CHUNK_BYTES && !seal_chunk(vault, false, err))
            return false;
        size_t room = CHUNK_BYTES - vault->size, take = size < room ? size : room;
        memcpy(vault->plain + vault->size, at, take);
        vault->size += take;
        at += take;
        size -= take;
    }
    return true;
}

bool vault_end(struct vault_writer *vault, struct error *err)
{
    return seal_chunk(vault, true, err);
}

void vault_writer_free(struct vault_writer *vault)
{
    if (!vault)
        return;
    stream_clear(&vault->s);
    secret_wipe(vault->plain, sizeof vault->plain);
    free(vault);
}

/* ---- reading ------------------------------------------------------------------------ */

/* Reads until there is so much or the file ends. */
static bool fill(struct vault_reader *vault, uint8_t *to, size_t want, size_t *held,
                 struct error *err)
{
    while (*held < want) {
        ssize_t n = read(vault->s.fd, to + *held, want - *held);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, ERR_DISK, _("the backup cannot be read: %s"),
                             error_of_system(errno));
        if (n == 0)
            break;
        *held += (size_t)n;
    }
    return true;
}

static bool read_head(struct vault_reader *vault, struct error *err)
{
    uint8_t *head = vault->s.head, sum[SUM_BYTES];
    size_t held = 0;

    if (!fill(vault, head, VAULT_HEAD_BYTES, &held, err))
        return false;
    if (held < AT_COST || memcmp(head, magic, AT_COST - 1) != 0)
        return error_set(err, ERR_MEDIA, _("this is no backup of kengd"));
    if (head[AT_COST - 1] != (uint8_t)magic[AT_COST - 1])
        return error_set(err, ERR_MEDIA,
                         _("this backup is of a newer kengd: use that kengd's kengctl"));
    sum_of(head, sum);
    if (held < VAULT_HEAD_BYTES || memcmp(sum, head + AT_SUM, SUM_BYTES) != 0 ||
        head[AT_COST] < COST_LEAST || head[AT_COST] > COST_MOST ||
        head[AT_COST + 1] != BLOCK || head[AT_COST + 2] != LANES)
        return error_set(err, ERR_MEDIA, _("the first bytes of the backup are damaged"));
    return true;
}

struct vault_reader *vault_open(int fd, const char *passphrase, struct error *err)
{
    struct vault_reader *vault = xcalloc(1, sizeof *vault);
    uint8_t check[CHECK_BYTES];

    vault->s.fd = fd;
    vault->s.cipher = new_cipher();
    if (!read_head(vault, err) || !derive(vault->s.head, passphrase, vault->s.key, check, err))
        goto fail;
    if (!secret_equal(check, vault->s.head + AT_CHECK, CHECK_BYTES)) {
        error_set(err, ERR_LOGIN, _("the passphrase is not the one of this backup"));
        goto fail;
    }
    return vault;

fail:
    vault_reader_free(vault);
    return NULL;
}

static bool next_chunk(struct vault_reader *vault, struct error *err)
{
    if (!fill(vault, vault->sealed, sizeof vault->sealed, &vault->held, err))
        return false;
    bool last = vault->held <= SEALED_BYTES;
    size_t size = last ? vault->held : SEALED_BYTES;
    if (size < TAG_BYTES)
        return error_set(err, ERR_MEDIA, _("the backup is cut short: its end is missing"));
    if (!open_chunk(vault, size, last, err))
        return false;
    vault->sealed[0] = vault->sealed[SEALED_BYTES];
    vault->held = last ? 0 : 1;
    vault->over = last;
    return true;
}

ssize_t vault_read(struct vault_reader *vault, void *to, size_t size, struct error *err)
{
    while (vault->given == vault->size) {
        if (vault->over)
            return 0;
        if (!next_chunk(vault, err))
            return -1;
    }
    size_t left = vault->size - vault->given, take = size < left ? size : left;
    memcpy(to, vault->plain + vault->given, take);
    vault->given += take;
    return (ssize_t)take;
}

void vault_reader_free(struct vault_reader *vault)
{
    if (!vault)
        return;
    stream_clear(&vault->s);
    secret_wipe(vault->plain, sizeof vault->plain);
    free(vault);
}
