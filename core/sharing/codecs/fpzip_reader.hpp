#pragma once

#include <cstddef>
#include <span>

namespace rhizome::sharing::detail {

/// Reads a row of floats that fpzip has written with the leading `bits`, 2 to 32, of each. fpzip's own reader takes
/// any bytes for its own writer's and is led out of its tables by others; this one knows where its input ends. Returns
/// false where no writer can have made the bytes, or made them of another number of values. Denormal numbers must not
/// be taken for zero in this thread.
[[nodiscard]] bool read_fpzip(std::span<const std::byte> bytes, unsigned bits, std::span<float> out);

} // namespace rhizome::sharing::detail
