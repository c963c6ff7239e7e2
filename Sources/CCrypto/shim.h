// Opens OpenSSL's libcrypto to Swift. OpenSSL 3 marks the direct SHA-256 functions as deprecated in favour of EVP, but
// they take half the time for the short inputs that keys are made of, and their state is a plain value.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
// For the assertions with which a service account signs in.
#include <openssl/evp.h>
#include <openssl/pem.h>
