#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/sharing/strategy.hpp"

namespace rhizome::sharing {

/// What becomes of a model's float buffers, the running statistics of BatchNorm (`model.buffers`).
enum class buffer_use : std::uint8_t {
  shared,   ///< the strategy sees them as if they were parameters
  averaged, ///< the strategy sees parameters only; buffers travel whole beside what it sends, and are mixed
  local,    ///< the strategy sees parameters only; buffers stay with their node
};

/// The one of that name, which validation has checked.
[[nodiscard]] buffer_use buffer_use_of(std::string_view name);

/// A model's vector: [parameters | buffers].
struct vector_parts {
  std::size_t parameters = 0;
  std::size_t buffers = 0;
};

/// `inner` for vectors of such parts. Unless buffers are shared it then works on vectors of the parameters alone,
/// whatever it does with them. Averaged buffers are s_i^{r+1} = sum_j w_ij s_j^{r+1/2}; the weight of neighbours that
/// sent nothing goes to the node's own.
[[nodiscard]] std::unique_ptr<strategy> with_buffers(std::unique_ptr<strategy> inner, buffer_use use,
                                                     const vector_parts& parts);

} // namespace rhizome::sharing
