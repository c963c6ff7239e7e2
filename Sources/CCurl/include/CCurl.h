// libcurl, loaded when the first request is sent: it brings thirty libraries along, and most commands send none.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

/// Loads libcurl and its TLS library. Not thread-safe: call it once, before everything else here.
/// Returns NULL when it is loaded, or the loader's reason, which stays valid.
const char *_Nullable assay_curl_load(void);

/// Moves up to `size * count` bytes between libcurl and the context. Returns how many were moved; see CURLOPT_READFUNCTION
/// and CURLOPT_WRITEFUNCTION for the values that end a transfer.
typedef size_t (*assay_curl_move)(char *_Nonnull bytes, size_t size, size_t count, void *_Nonnull context);
/// libcurl asks to be called when a socket is ready: `what` is one of the CURL_POLL_ constants. Returns 0.
typedef int (*assay_curl_watch)(
    CURL *_Nullable easy, curl_socket_t socket, int what, void *_Nonnull context, void *_Nullable socket_context);
/// libcurl asks to be called after so many milliseconds; -1 withdraws the request. Returns 0.
typedef int (*assay_curl_wake)(CURLM *_Nonnull multi, long milliseconds, void *_Nonnull context);

CURL *_Nullable assay_easy_init(void);
void assay_easy_cleanup(CURL *_Nonnull easy);
const char *_Nonnull assay_easy_error(CURLcode code);
CURLcode assay_easy_set_long(CURL *_Nonnull easy, CURLoption option, long value);
CURLcode assay_easy_set_offset(CURL *_Nonnull easy, CURLoption option, curl_off_t value);
/// The string is copied.
CURLcode assay_easy_set_string(CURL *_Nonnull easy, CURLoption option, const char *_Nullable value);
/// A list or a buffer, which has to live as long as the handle.
CURLcode assay_easy_set_pointer(CURL *_Nonnull easy, CURLoption option, void *_Nullable value);
/// Sets the three functions that move a request's body, the lines of an answer's head, and an answer's body. Sockets are
/// opened so that programs which this process starts do not inherit them.
CURLcode assay_easy_set_moves(
    CURL *_Nonnull easy, void *_Nonnull context, assay_curl_move _Nonnull read, assay_curl_move _Nonnull line,
    assay_curl_move _Nonnull write);
long assay_easy_get_long(CURL *_Nonnull easy, CURLINFO info);
curl_off_t assay_easy_get_offset(CURL *_Nonnull easy, CURLINFO info);

/// NULL when there is no memory; the list stays as it was.
struct curl_slist *_Nullable assay_list_append(struct curl_slist *_Nullable list, const char *_Nonnull text);
void assay_list_free(struct curl_slist *_Nullable list);

CURLM *_Nullable assay_multi_init(void *_Nonnull context, assay_curl_watch _Nonnull watch, assay_curl_wake _Nonnull wake);
void assay_multi_cleanup(CURLM *_Nonnull multi);
CURLMcode assay_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value);
CURLMcode assay_multi_add(CURLM *_Nonnull multi, CURL *_Nonnull easy);
CURLMcode assay_multi_remove(CURLM *_Nonnull multi, CURL *_Nonnull easy);
CURLMcode assay_multi_act(CURLM *_Nonnull multi, curl_socket_t socket, int events);
/// Takes one finished transfer, if there is one.
bool assay_multi_next(CURLM *_Nonnull multi, CURL *_Nullable *_Nonnull easy, CURLcode *_Nonnull code);
