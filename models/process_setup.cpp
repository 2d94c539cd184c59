#include "models/process_setup.hpp"

#include <mutex>

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/version.h>
#if defined(__SSE2__)
#include <pmmintrin.h>
#include <xmmintrin.h>
#endif

/// jemalloc, which the program is linked with, reads this before main. A step's temporaries are freed and asked for
/// again: the memory must not go back to the system in between, not that of large evaluation batches either. Huge pages
/// save address translation, for which thousands of nodes' vectors compete with training.
extern "C" const char* const malloc_conf =
    "dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0,thp:always,metadata_thp:always";

namespace rhizome::models {

namespace {

/// A function of a library that may be there or not: OpenBLAS is one of several that Debian puts behind LibTorch.
template <class Function>
Function* loaded(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

/// OpenBLAS starts its threads when it is loaded, and LibTorch's settings do not reach it.
void stop_openblas_threads() {
  if (auto* set_threads = loaded<void(int)>("openblas_set_num_threads"))
    set_threads(1);
  if (auto* shut_down = loaded<int()>("blas_thread_shutdown_"))
    shut_down();
}

std::string widest_vectors() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") ? "AVX-512" : __builtin_cpu_supports("avx2") ? "AVX2" : "SSE2";
#elif defined(__aarch64__)
  return "ARMv8";
#else
  return "unknown instructions";
#endif
}

} // namespace

void prepare_process() {
  if (at::get_num_interop_threads() != 1) // may be set once only
    at::set_num_interop_threads(1);
  prepare_thread();
}

void prepare_thread() {
  static std::once_flag once; // here for the sake of programs without prepare_process, such as tests
  std::call_once(once, stop_openblas_threads);
  at::set_num_threads(1);
#if defined(__SSE2__)
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  _MM_SET_DENORMALS_ZERO_MODE(_MM_DENORMALS_ZERO_ON);
#elif defined(__aarch64__)
  constexpr unsigned long flush_to_zero = 1ul << 24;
  unsigned long control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  asm volatile("msr fpcr, %0" : : "r"(control | flush_to_zero));
#endif
}

std::string libtorch_version() {
  return TORCH_VERSION;
}

std::string blas_version() {
  if (auto* config = loaded<char*()>("openblas_get_config")) // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
    if (const std::string text = config(); text.starts_with("OpenBLAS"))
      return text.substr(0, text.find(' ', text.find(' ') + 1));
  return "another BLAS";
}

std::string instruction_set() {
  auto* core = loaded<char*()>("openblas_get_corename");
  return widest_vectors() + ", " + (core ? core() : "unknown kernels");
}

} // namespace rhizome::models
