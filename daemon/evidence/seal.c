#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"
#include "evidence/seal.h"

#define KEY_NAME "export-key.pem"
#define KEY_NEW  KEY_NAME ".new"

struct seal {
    EVP_PKEY *key;
    char fingerprint[FINGERPRINT_MAX];
    char pem[SEAL_PEM_MAX];
};

static bool find_fingerprint(EVP_PKEY *key, char to[FINGERPRINT_MAX])
{
    unsigned char *der = NULL, sum[SHA256_DIGEST_LENGTH];
    int size = i2d_PUBKEY(key, &der);

    if (size <= 0)
        return false;
    SHA256(der, (size_t)size, sum);
    OPENSSL_free(der);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(to + 2 * i, 3, "%02x", sum[i]);
    return true;
}

/* A key's PEM in memory of OpenSSL's; BIO_free() wipes nothing, so the caller does. */
static bool write_pem(EVP_PKEY *key, bool with_private, char to[SEAL_PEM_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    bool well = bio && (with_private
                            ? PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)
                            : PEM_write_bio_PUBKEY(bio, key)) == 1;
    int size = well ? BIO_read(bio, to, SEAL_PEM_MAX - 1) : 0;

    well = well && size > 0 && size < SEAL_PEM_MAX - 1;
    to[well ? size : 0] = 0;
    BIO_free(bio);
    return well;
}

static bool store_key(int dir_fd, EVP_PKEY *key, struct error *err)
{
    char pem[SEAL_PEM_MAX];
    bool well = false;
    int fd = -1;

    if (!write_pem(key, true, pem))
        return error_set(err, ERR_DISK, _("the key for exports cannot be made"));
    unlinkat(dir_fd, KEY_NEW, 0);
    fd = openat(dir_fd, KEY_NEW, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    well = fd >= 0 && write(fd, pem, strlen(pem)) == (ssize_t)strlen(pem) && fsync(fd) == 0 &&
           renameat(dir_fd, KEY_NEW, dir_fd, KEY_NAME) == 0 && fsync(dir_fd) == 0;
    if (!well)
        error_set(err, ERR_DISK, _("the key for exports cannot be written: %s"),
                  error_of_system(errno));
    if (fd >= 0)
        close(fd);
    secret_wipe(pem, sizeof pem);
    return well;
}

static EVP_PKEY *make_key(int dir_fd, struct error *err)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    if (!key) {
        error_set(err, ERR_DISK, _("the key for exports cannot be made"));
        return NULL;
    }
    if (store_key(dir_fd, key, err)) {
        log_info("key for exports made", "file=%s", KEY_NAME);
        return key;
    }
    EVP_PKEY_free(key);
    return NULL;
}

static EVP_PKEY *read_key(int fd, struct error *err)
{
    char pem[SEAL_PEM_MAX];
    ssize_t size = read(fd, pem, sizeof pem);
    BIO *bio = size > 0 ? BIO_new_mem_buf(pem, (int)size) : NULL;
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") : NULL;

    BIO_free(bio);
    secret_wipe(pem, sizeof pem);
    if (key && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519)
        return key;
    EVP_PKEY_free(key);
    error_set(err, ERR_DISK,
              _("state/%s is damaged: put it back from a backup, or move it away, and a new "
                "key is made"),
              KEY_NAME);
    return NULL;
}

static EVP_PKEY *find_key(const char *state_dir, struct error *err)
{
    int dir_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
    EVP_PKEY *key = NULL;

    if (dir_fd < 0) {
        error_set(err, ERR_DISK, _("cannot open %s: %s"), state_dir, error_of_system(errno));
        return NULL;
    }
    fd = openat(dir_fd, KEY_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0) {
        fchmod(fd, 0600);
        key = read_key(fd, err);
        close(fd);
    } else if (errno == ENOENT) {
        key = make_key(dir_fd, err);
    } else {
        error_set(err, ERR_DISK, _("cannot open %s: %s"), KEY_NAME, error_of_system(errno));
    }
    close(dir_fd);
    return key;
}

struct seal *seal_open(const char *state_dir, struct error *err)
{
    struct seal *seal = xcalloc(1, sizeof *seal);

    seal->key = find_key(state_dir, err);
    if (seal->key && find_fingerprint(seal->key, seal->fingerprint) &&
        write_pem(seal->key, false, seal->pem))
        return seal;
    seal_close(seal);
    return NULL;
}

void seal_close(struct seal *seal)
{
    if (!seal)
        return;
    EVP_PKEY_free(seal->key);
    free(seal);
}

const char *seal_fingerprint(const struct seal *seal)
{
    return seal->fingerprint;
}

const char *seal_public_key(const struct seal *seal)
{
    return seal->pem;
}

bool seal_sign(const struct seal *seal, const void *bytes, size_t size,
               uint8_t signature[SIGNATURE_BYTES], struct error *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = SIGNATURE_BYTES;
    bool well = context &&
                EVP_DigestSignInit(context, NULL, NULL, NULL, seal->key) == 1 &&
                EVP_DigestSign(context, signature, &length, bytes, size) == 1 &&
                length == SIGNATURE_BYTES;

    EVP_MD_CTX_free(context);
    return well || error_set(err, ERR_DISK, _("the package cannot be signed"));
}

bool seal_check(const void *pem, size_t pem_size, const void *bytes, size_t size,
                const uint8_t *signature, size_t signature_size,
                char fingerprint[FINGERPRINT_MAX])
{
    BIO *bio = pem_size < SEAL_PEM_MAX ? BIO_new_mem_buf(pem, (int)pem_size) : NULL;
    EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, (void *)"") : NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    fingerprint[0] = 0;
    bool well = key && context && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 &&
                find_fingerprint(key, fingerprint) &&
                EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(context, signature, signature_size, bytes, size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return well;
}
