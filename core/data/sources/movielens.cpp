#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/data/input_file.hpp"
#include "core/data/source.hpp"
#include "core/data/subset.hpp"
#include "core/random.hpp"

namespace rhizome::data::sources {

namespace {

constexpr std::string_view header = "userId,movieId,rating,timestamp";
constexpr rating_scale half_stars{.lowest = 0.5, .highest = 5, .step = 0.5};

struct rating {
  std::int64_t user = 0;
  std::int64_t film = 0;
  float stars = 0;
};

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size())
    return {};
  return value;
}

std::optional<std::array<std::string_view, 4>> cells_of(std::string_view line) {
  std::array<std::string_view, 4> cells;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto comma = line.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == cells.size()))
      return {};
    cells[i] = line.substr(0, comma);
    line.remove_prefix(i + 1 == cells.size() ? line.size() : comma + 1);
  }
  return cells;
}

/// One line of the table; nothing where it is not "user, film, half stars, time".
std::optional<rating> rating_of(std::string_view line) {
  const auto cells = cells_of(line);
  if (!cells)
    return {};
  const auto user = number<std::int64_t>((*cells)[0]), film = number<std::int64_t>((*cells)[1]);
  const auto stars = number<double>((*cells)[2]);
  if (!user || !film || !stars || !number<std::int64_t>((*cells)[3]))
    return {};
  const bool on_scale =
      *stars >= half_stars.lowest && *stars <= half_stars.highest && std::fmod(*stars, half_stars.step) == 0;
  return on_scale ? std::optional(rating{*user, *film, static_cast<float>(*stars)}) : std::nullopt;
}

/// The line at the beginning of `text`, which is taken from there.
std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

result<std::vector<rating>> read_ratings(const std::filesystem::path& path) {
  const auto file = input_file::read_all(path);
  if (!file)
    return fail(file);
  std::string_view rest = file->text;
  if (const auto first = next_line(rest); first != header)
    return fail(error_kind::bad_data, "{} begins with \"{}\", expected the line \"{}\".", file->path.string(),
                first.substr(0, 80), header);
  std::vector<rating> ratings;
  for (std::size_t line_number = 2; !rest.empty(); ++line_number) {
    const auto line = next_line(rest);
    const auto read = rating_of(line);
    if (!read)
      return fail(error_kind::bad_data,
                  "{}, line {} is \"{}\", expected a user, a film, 0.5 to 5 stars in halves and a time, with commas "
                  "between them; is the file truncated?",
                  file->path.string(), line_number, line.substr(0, 80));
    ratings.push_back(*read);
  }
  return ratings;
}

/// The distinct values of a member, ascending: the place of one is its number.
std::vector<std::int64_t> distinct(const std::vector<rating>& ratings, std::int64_t rating::*member) {
  std::vector<std::int64_t> values;
  values.reserve(ratings.size());
  for (const auto& each : ratings)
    values.push_back(each.*member);
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::uint32_t place_of(std::int64_t value, const std::vector<std::int64_t>& values) {
  return static_cast<std::uint32_t>(std::ranges::lower_bound(values, value) - values.begin());
}

/// Draws the given part of each user's ratings, to be tested with.
std::vector<bool> draw_tested(const std::vector<std::uint32_t>& users, std::size_t n_users, double fraction,
                              std::uint64_t seed) {
  std::vector<std::vector<std::uint32_t>> of_user(n_users);
  for (std::uint32_t i = 0; i < users.size(); ++i)
    of_user[users[i]].push_back(i);
  std::vector<bool> tested(users.size(), false);
  for (std::uint32_t user = 0; user < n_users; ++user) {
    auto& own = of_user[user];
    random_stream(seed, purpose::partition, static_cast<std::uint32_t>(draw::test_fraction), user)
        .shuffle(std::span(own));
    own.resize(static_cast<std::size_t>(std::lround(fraction * static_cast<double>(own.size()))));
    for (const auto i : own)
      tested[i] = true;
  }
  return tested;
}

result<dataset> load_movielens(const load_request& request) {
  std::error_code ignored;
  const bool directory = std::filesystem::is_directory(request.path, ignored);
  const auto ratings = read_ratings(directory ? request.path / "ratings.csv" : request.path);
  if (!ratings)
    return fail(ratings);
  const auto users = distinct(*ratings, &rating::user), films = distinct(*ratings, &rating::film);
  dataset set;
  set.kind = task::regression;
  set.shape = {2};
  set.categories = {static_cast<std::int64_t>(users.size()), static_cast<std::int64_t>(films.size())};
  set.ratings = half_stars;
  set.users = static_cast<std::uint32_t>(users.size());
  std::vector<std::uint32_t> user_of(ratings->size());
  std::ranges::transform(*ratings, user_of.begin(), [&](const rating& each) { return place_of(each.user, users); });
  const auto tested = draw_tested(user_of, users.size(), request.keys.real("test_fraction"), request.seed);

  for (auto* part : {&set.train, &set.test})
    part->features.emplace<std::vector<float>>();
  for (std::size_t i = 0; i < ratings->size(); ++i) {
    auto& part = tested[i] ? set.test : set.train;
    auto& features = std::get<std::vector<float>>(part.features);
    features.push_back(static_cast<float>(user_of[i]));
    features.push_back(static_cast<float>(place_of((*ratings)[i].film, films)));
    part.targets.push_back((*ratings)[i].stars);
    part.users.push_back(user_of[i]);
    ++part.count;
  }
  return set;
}

} // namespace

source movielens() {
  return {.variant = {"movielens",
                      "Ratings of films by people, in half stars (Harper and Konstan 2015): ratings.csv of "
                      "ml-latest-small in data.path.",
                      {{.name = "test_fraction",
                        .default_value = 0.3,
                        .sentence = "Part of each user's ratings that is for testing, drawn at random.",
                        .minimum = 0.001,
                        .maximum = 0.9}}},
          .load = load_movielens,
          .kind = task::regression,
          .has_users = true,
          .how_to_get = "scripts/data/movielens.sh fetches it; name the directory of ratings.csv in data.path."};
}

} // namespace rhizome::data::sources
