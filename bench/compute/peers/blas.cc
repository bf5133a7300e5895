// What similarTop is measured against, in native code on the same memory: OpenBLAS, and reading alone. A bench-only
// addon, compiled when the bench runs; peers/blas.ts says what it exports.

#include <cblas.h>
#include <node_api.h>

#include <cstddef>
#include <cstdint>

namespace {

constexpr size_t kDims = 256;
constexpr size_t kLanes = 16;

template <typename Value>
Value* data_of(napi_env env, napi_value array, size_t* length) {
  void* data = nullptr;
  napi_get_typedarray_info(env, array, nullptr, length, &data, nullptr, nullptr);
  return static_cast<Value*>(data);
}

// multiply(values, query, scores): scores = values . query
napi_value multiply(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  size_t length = 0;
  size_t rows = 0;
  const float* values = data_of<float>(env, arguments[0], &length);
  const float* query = data_of<float>(env, arguments[1], &length);
  float* scores = data_of<float>(env, arguments[2], &rows);
  cblas_sgemv(CblasRowMajor, CblasNoTrans, rows, kDims, 1.0f, values, kDims, query, 1, 0.0f, scores, 1);
  return nullptr;
}

// read(words): the sum of all 32-bit words, modulo 2^32, as fast as they can be read
napi_value read(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  size_t count = 1;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  size_t length = 0;
  const uint32_t* words = data_of<uint32_t>(env, arguments[0], &length);
  uint32_t sums[kLanes] = {};
  for (size_t at = 0; at + kLanes <= length; at += kLanes) {
    for (size_t lane = 0; lane < kLanes; lane++) sums[lane] += words[at + lane];
  }
  uint32_t sum = 0;
  for (const uint32_t part : sums) sum += part;
  napi_value result = nullptr;
  napi_create_uint32(env, sum, &result);
  return result;
}

void add(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

NAPI_MODULE_INIT() {
  openblas_set_num_threads(1);
  add(env, exports, "multiply", multiply);
  add(env, exports, "read", read);
  return exports;
}
