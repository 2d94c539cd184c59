#include "core/data/sources/labels.hpp"

#include <algorithm>

namespace rhizome::data::sources {

result<std::vector<std::int32_t>> checked_labels(std::span<const std::uint8_t> raw, std::int64_t classes,
                                                 const std::filesystem::path& file) {
  const auto wrong = std::ranges::find_if(raw, [classes](std::uint8_t label) { return label >= classes; });
  if (wrong != raw.end())
    return fail(error_kind::bad_data, "{} is corrupt: the label of sample {} is {}, expected 0 to {}.", file.string(),
                wrong - raw.begin(), *wrong, classes - 1);
  return std::vector<std::int32_t>(raw.begin(), raw.end());
}

} // namespace rhizome::data::sources
