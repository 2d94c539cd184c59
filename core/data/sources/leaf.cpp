#include <cmath>
#include <map>
#include <span>

#include "core/data/source.hpp"
#include "core/data/sources/leaf_json.hpp"
#include "core/data/sources/png_image.hpp"

namespace rhizome::data::sources {

namespace {

using bytes = std::vector<std::uint8_t>;

/// Appends the features of all samples of a user. Errors are the end of a sentence that begins with the file's name.
using feature_reader = std::function<result<void>(const leaf_user&, bytes& into)>;
/// Appends the labels of all samples of a user.
using label_reader = std::function<result<void>(const leaf_user&, std::vector<std::int32_t>& into)>;

/// Reads train/ and test/ of a directory as LEAF's preprocessing leaves them. A user has one number in both.
result<void> read_both(const std::filesystem::path& path, const feature_reader& features, const label_reader& labels,
                       dataset& set) {
  std::map<std::string, std::uint32_t> numbers;
  for (auto* part : {&set.train, &set.test}) {
    auto& values = part->features.emplace<bytes>();
    const auto visit = [&](const leaf_user& user) -> result<void> {
      if (auto good = features(user, values); !good)
        return good;
      if (auto good = labels(user, part->labels); !good)
        return good;
      const auto number = numbers.emplace(user.name, static_cast<std::uint32_t>(numbers.size())).first->second;
      part->users.resize(part->labels.size(), number);
      return {};
    };
    if (auto good = read_leaf(path / (part == &set.train ? "train" : "test"), visit); !good)
      return good;
    part->count = part->labels.size();
  }
  set.users = static_cast<std::uint32_t>(numbers.size());
  return {};
}

/// Labels that are whole numbers below `classes`.
label_reader numeric_labels(std::int64_t classes) {
  return [classes](const leaf_user& user, std::vector<std::int32_t>& into) -> result<void> {
    if (!user.text_labels.empty())
      return fail(error_kind::bad_data, "has the label \"{}\" of the user \"{}\", expected a number",
                  user.text_labels.front(), user.name);
    for (const double label : user.labels) {
      if (!(label >= 0 && label < static_cast<double>(classes)) || label != std::floor(label))
        return fail(error_kind::bad_data, "has the label {} of the user \"{}\", expected a whole number from 0 to {}",
                    label, user.name, classes - 1);
      into.push_back(static_cast<std::int32_t>(label));
    }
    return {};
  };
}

/// LEAF writes a pixel as byte / 255: the byte is kept.
result<void> read_pixels(const leaf_user& user, bytes& into) {
  constexpr std::size_t pixels = 28 * 28;
  for (const auto width : user.widths)
    if (width != pixels)
      return fail(error_kind::bad_data, "has an image of {} pixels of the user \"{}\", expected {}", width, user.name,
                  pixels);
  if (!user.texts.empty())
    return fail(error_kind::bad_data, "has a text in \"x\" of the user \"{}\", expected lists of {} pixels", user.name,
                pixels);
  for (const float value : user.numbers) {
    if (!(value >= 0 && value <= 1))
      return fail(error_kind::bad_data, "has a pixel of {} of the user \"{}\", expected 0 to 1", value, user.name);
    into.push_back(static_cast<std::uint8_t>(std::lround(value * 255)));
  }
  return {};
}

result<dataset> load_femnist(const load_request& request) {
  dataset set;
  set.shape = {1, 28, 28};
  set.classes = 62;
  set.scale = 1.0F / 255;
  if (auto good = read_both(request.path, read_pixels, numeric_labels(set.classes), set); !good)
    return fail(good);
  return set;
}

result<dataset> load_celeba(const load_request& request) {
  constexpr std::int64_t side = 84;
  const auto& named = request.keys.text("images");
  const auto images = named.empty() ? request.path / "images" : std::filesystem::path(named);
  const auto read_images = [&images](const leaf_user& user, bytes& into) -> result<void> {
    if (!user.widths.empty())
      return fail(error_kind::bad_data, "has numbers in \"x\" of the user \"{}\", expected names of images", user.name);
    for (const auto& name : user.texts) {
      const auto file = (images / std::filesystem::path(name).filename()).replace_extension(".png");
      if (auto good = append_png(file, side, side, into); !good)
        return fail(error_kind::bad_data, "names the image {}, which cannot be used: {}", name, good.error().message);
    }
    return {};
  };
  dataset set;
  set.shape = {3, side, side};
  set.classes = 2;
  set.scale = 1.0F / 255;
  if (auto good = read_both(request.path, read_images, numeric_labels(set.classes), set); !good)
    return fail(good);
  return set;
}

/// The characters of Shakespeare's plays; their numbers begin after those of the padding and of what is unknown.
constexpr std::string_view characters =
    "\n\r !\"#$%&'()*,-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz{}";
constexpr std::int32_t unknown = 1;
constexpr std::int64_t vocabulary = 2 + std::int64_t{characters.size()};
static_assert(vocabulary == 92);

std::int32_t token(char character) {
  const auto at = characters.find(character);
  return at == std::string_view::npos ? unknown : static_cast<std::int32_t>(at) + 2;
}

constexpr std::size_t characters_per_sample = 80;

result<void> read_characters(const leaf_user& user, bytes& into) {
  if (!user.widths.empty())
    return fail(error_kind::bad_data, "has numbers in \"x\" of the user \"{}\", expected texts", user.name);
  for (const auto& text : user.texts) {
    if (text.size() != characters_per_sample)
      return fail(error_kind::bad_data, "has a text of {} bytes of the user \"{}\", expected {}", text.size(),
                  user.name, characters_per_sample);
    for (const char c : text)
      into.push_back(static_cast<std::uint8_t>(token(c)));
  }
  return {};
}

result<void> read_next_characters(const leaf_user& user, std::vector<std::int32_t>& into) {
  if (!user.labels.empty())
    return fail(error_kind::bad_data, "has a number in \"y\" of the user \"{}\", expected single characters",
                user.name);
  for (const auto& text : user.text_labels) {
    if (text.size() != 1)
      return fail(error_kind::bad_data, "has the label \"{}\" of the user \"{}\", expected a single character", text,
                  user.name);
    into.push_back(token(text.front()));
  }
  return {};
}

result<dataset> load_shakespeare(const load_request& request) {
  dataset set;
  set.shape = {characters_per_sample};
  set.classes = vocabulary;
  set.vocabulary = vocabulary;
  if (auto good = read_both(request.path, read_characters, read_next_characters, set); !good)
    return fail(good);
  return set;
}

std::string how_to_get(std::string_view name) {
  return fmt::format("scripts/data/{0}.sh prepares it with LEAF (https://github.com/TalwalkarLab/leaf, "
                     "data/{0}/preprocess.sh); name the directory that has train/ and test/ in data.path.",
                     name);
}

} // namespace

source femnist() {
  return {.variant = {"femnist",
                      "Handwritten characters 28x28, 62 classes, by writer (Caldas et al. 2019): LEAF's JSON "
                      "files in train/ and test/ of data.path."},
          .load = load_femnist,
          .has_users = true,
          .how_to_get = how_to_get("femnist")};
}

source celeba() {
  return {.variant = {"celeba",
                      "Faces 84x84 in colour, smiling or not, by celebrity (Caldas et al. 2019): LEAF's JSON files in "
                      "train/ and test/ of data.path, images as PNG.",
                      {{.name = "images",
                        .default_value = std::string(),
                        .sentence = "Directory of the images as PNG of 84x84 pixels; empty: images/ in data.path."}}},
          .load = load_celeba,
          .has_users = true,
          .how_to_get = how_to_get("celeba")};
}

source shakespeare() {
  return {.variant = {"shakespeare", "The next of Shakespeare's characters after 80, of 92, by role (Caldas et al. "
                                     "2019): LEAF's JSON files in train/ and test/ of data.path."},
          .load = load_shakespeare,
          .has_users = true,
          .how_to_get = how_to_get("shakespeare")};
}

} // namespace rhizome::data::sources
