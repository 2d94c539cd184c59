#pragma once

#include <string>

namespace rhizome::models {

/// Settings of the whole process, to be called first in main, before any other thread starts: no helper threads in the
/// linear algebra libraries. Those of the allocator are beside it in the source; they are read before main.
void prepare_process();

/// Settings of one thread that runs models: LibTorch computes in this thread alone, and denormal numbers are zero,
/// since a converged node's gradients turn denormal and then a step takes up to four times as long.
void prepare_thread();

/// The version of LibTorch, such as "1.13.1".
[[nodiscard]] std::string libtorch_version();

/// The BLAS below LibTorch with its version, such as "OpenBLAS 0.3.21"; "another BLAS" if it is not OpenBLAS.
[[nodiscard]] std::string blas_version();

/// Which instructions the linear algebra uses on this processor, such as "AVX-512, SkylakeX": with others sums are made
/// in another order.
[[nodiscard]] std::string instruction_set();

} // namespace rhizome::models
