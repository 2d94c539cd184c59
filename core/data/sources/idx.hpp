#pragma once

#include <cstdint>
#include <filesystem>

#include "core/data/dataset.hpp"
#include "core/result.hpp"

namespace rhizome::data::sources {

/// Reads {train,t10k}-images-idx3-ubyte and {train,t10k}-labels-idx1-ubyte, plain or with .gz, from a directory:
/// grey images of any size as uint8 [1, rows, columns]. The format: http://yann.lecun.com/exdb/mnist.
[[nodiscard]] result<dataset> load_idx(const std::filesystem::path& directory, std::int64_t classes);

} // namespace rhizome::data::sources
