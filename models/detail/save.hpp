#pragma once

#include <filesystem>
#include <span>

#include "core/learning/trainer.hpp"
#include "core/result.hpp"

namespace rhizome::models::detail {

/// Writes a vector as a TorchScript archive without code: `torch.jit.load(file).state_dict()` in Python and
/// torch::jit::load in C++ give its tensors by name. The file appears whole or not at all.
[[nodiscard]] result<void> save_vector(const learning::vector_layout& layout, std::span<const float> values,
                                       const std::filesystem::path& file);

} // namespace rhizome::models::detail
