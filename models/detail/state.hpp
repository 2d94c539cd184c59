#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/learning/trainer.hpp"
#include "core/result.hpp"

namespace rhizome::models::detail {

/// The vector [size] that a file holds: a TorchScript archive, such as model.pt of a run, or what Python has written by
/// `torch.save(dict(module.state_dict()), file)`. `name` is the file's. Errors: bad_data where it is neither, or where
/// its tensors have other names or shapes than `layout`; all of them are named.
[[nodiscard]] result<std::vector<float>> read_state(const std::string& content, std::string_view name,
                                                    const learning::vector_layout& layout);

} // namespace rhizome::models::detail
