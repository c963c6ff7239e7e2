// Calls libcurl through the addresses that the loader found.
#define _GNU_SOURCE
#include "CCurl.h"

#include <dlfcn.h>
#include <stdint.h>
#include <sys/socket.h>

#define FUNCTIONS(X) \
    X(CURLcode, global_init, (long)) \
    X(CURL *, easy_init, (void)) \
    X(void, easy_cleanup, (CURL *)) \
    X(const char *, easy_strerror, (CURLcode)) \
    X(CURLcode, easy_setopt, (CURL *, CURLoption, ...)) \
    X(CURLcode, easy_getinfo, (CURL *, CURLINFO, ...)) \
    X(struct curl_slist *, slist_append, (struct curl_slist *, const char *)) \
    X(void, slist_free_all, (struct curl_slist *)) \
    X(CURLM *, multi_init, (void)) \
    X(CURLMcode, multi_cleanup, (CURLM *)) \
    X(CURLMcode, multi_setopt, (CURLM *, CURLMoption, ...)) \
    X(CURLMcode, multi_add_handle, (CURLM *, CURL *)) \
    X(CURLMcode, multi_remove_handle, (CURLM *, CURL *)) \
    X(CURLMcode, multi_socket_action, (CURLM *, curl_socket_t, int, int *)) \
    X(CURLMsg *, multi_info_read, (CURLM *, int *))

static struct {
#define FIELD(result, name, arguments) result (*name) arguments;
    FUNCTIONS(FIELD)
} curl;

const char *assay_curl_load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) return dlerror();
#define FIND(result, name, arguments) \
    *(void **)(&curl.name) = dlsym(library, "curl_" #name); \
    if (!curl.name) return dlerror();
    FUNCTIONS(FIND)
    // OpenSSL's own clean-up at exit would pull its state from under a thread that still uses it.
    const uint64_t no_clean_up_at_exit = 0x00080000;
    int (*init_crypto)(uint64_t, const void *);
    *(void **)(&init_crypto) = dlsym(library, "OPENSSL_init_crypto");
    if (init_crypto) init_crypto(no_clean_up_at_exit, NULL);
    CURLcode code = curl.global_init(CURL_GLOBAL_DEFAULT);
    return code == CURLE_OK ? NULL : curl.easy_strerror(code);
}

CURL *assay_easy_init(void) { return curl.easy_init(); }
void assay_easy_cleanup(CURL *easy) { curl.easy_cleanup(easy); }
const char *assay_easy_error(CURLcode code) { return curl.easy_strerror(code); }

CURLcode assay_easy_set_long(CURL *easy, CURLoption option, long value) { return curl.easy_setopt(easy, option, value); }

CURLcode assay_easy_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl.easy_setopt(easy, option, value);
}

CURLcode assay_easy_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl.easy_setopt(easy, option, value);
}

CURLcode assay_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl.easy_setopt(easy, option, value);
}

typedef struct {
    void *context;
    assay_curl_move read, line, write;
} moves;

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

CURLcode assay_easy_set_moves(
    CURL *easy, void *context, assay_curl_move read, assay_curl_move line, assay_curl_move write
) {
    CURLcode code = curl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (!code) code = curl.easy_setopt(easy, CURLOPT_READFUNCTION, read);
    if (!code) code = curl.easy_setopt(easy, CURLOPT_READDATA, context);
    if (!code) code = curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, line);
    if (!code) code = curl.easy_setopt(easy, CURLOPT_HEADERDATA, context);
    if (!code) code = curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
    if (!code) code = curl.easy_setopt(easy, CURLOPT_WRITEDATA, context);
    return code;
}

long assay_easy_get_long(CURL *easy, CURLINFO info) {
    long value = 0;
    curl.easy_getinfo(easy, info, &value);
    return value;
}

curl_off_t assay_easy_get_offset(CURL *easy, CURLINFO info) {
    curl_off_t value = 0;
    curl.easy_getinfo(easy, info, &value);
    return value;
}

struct curl_slist *assay_list_append(struct curl_slist *list, const char *text) { return curl.slist_append(list, text); }
void assay_list_free(struct curl_slist *list) { curl.slist_free_all(list); }

CURLM *assay_multi_init(void *context, assay_curl_watch watch, assay_curl_wake wake) {
    CURLM *multi = curl.multi_init();
    if (!multi) return NULL;
    curl.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl.multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, wake);
    curl.multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return multi;
}

void assay_multi_cleanup(CURLM *multi) { curl.multi_cleanup(multi); }

CURLMcode assay_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl.multi_setopt(multi, option, value);
}

CURLMcode assay_multi_add(CURLM *multi, CURL *easy) { return curl.multi_add_handle(multi, easy); }
CURLMcode assay_multi_remove(CURLM *multi, CURL *easy) { return curl.multi_remove_handle(multi, easy); }

CURLMcode assay_multi_act(CURLM *multi, curl_socket_t socket, int events) {
    int running;
    return curl.multi_socket_action(multi, socket, events, &running);
}

bool assay_multi_next(CURLM *multi, CURL **easy, CURLcode *code) {
    int left;
    CURLMsg *message;
    while ((message = curl.multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        *easy = message->easy_handle;
        *code = message->data.result;
        return true;
    }
    return false;
}
