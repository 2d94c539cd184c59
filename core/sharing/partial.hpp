#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/sharing/strategy.hpp"

namespace rhizome::sharing {

// What strategies that send a part of the model have in common.

/// The places of the `count` values of greatest magnitude, ascending; of equal magnitudes the lower places. All of them
/// where there are no more.
[[nodiscard]] std::vector<std::uint32_t> find_largest(std::span<const float> values, std::size_t count);

/// The same for a share `alpha` of each part of the vector, at least one of each: round(alpha x size).
[[nodiscard]] std::vector<std::uint32_t> find_largest(std::span<const float> values, double alpha,
                                                      std::span<const std::size_t> parts);

/// round(alpha x size), at least 1.
[[nodiscard]] std::size_t count_for(double alpha, std::size_t size);

/// A payload of some entries of a vector, with their places, or of all of them without.
[[nodiscard]] learning::payload_ptr partial_payload(const codec& with, std::span<const float> values,
                                                    std::span<const std::uint32_t> places);
[[nodiscard]] learning::payload_ptr whole_payload(const codec& with, std::span<const float> values);

/// What becomes of a vector of one's own by such a payload.
enum class partial_use : std::uint8_t {
  complete, ///< the payload's entries in the place of one's own: what a neighbour's model is taken for
  clear,    ///< 0 in their places: what is left of an error memory
  count,    ///< 1 more in their places: how often each entry was sent
};
[[nodiscard]] std::shared_ptr<const learning::decoder> partial_decoder(codec_ptr with, partial_use use);

/// A strategy that sends the model's values at places which the receivers know: a function of (sender, round).
class known_places : public strategy {
public:
  using places_function = std::function<std::vector<std::uint32_t>(node_id, round_number, std::size_t size)>;

  known_places(codec_ptr with, places_function places) : codec_(std::move(with)), places_(std::move(places)) {}

  void plan_send(learning::job_builder& job, learning::slot model, const learning::round_view& view) override;
  [[nodiscard]] std::vector<outgoing> sends(const learning::job_result& result,
                                            const learning::round_view& view) override;

protected:
  [[nodiscard]] learning::slot decode(learning::job_builder& job, const learning::fragment& from,
                                      learning::slot own) override;

private:
  codec_ptr codec_;
  places_function places_;
};

/// One payload for all neighbours of the view; nothing where there are none.
[[nodiscard]] std::vector<outgoing> to_all(const learning::round_view& view, learning::payload_ptr body);

/// The key that many strategies have.
[[nodiscard]] config::key alpha_key(double default_value);

} // namespace rhizome::sharing
