#pragma once

#include "core/config/import_ini_conversion.hpp"

// Shares that change from round to round, where DecentralizePy's keys mean something else than those here.

namespace rhizome::config::ini {

/// GrowingAlpha: a first share of 0, and k, the rounds between two steps of which there are k.
void take_growing_alpha(conversion& ini);

/// ManualAdapt: the shares, and the rounds, counted from 1, in which they change.
void take_schedule(conversion& ini);

} // namespace rhizome::config::ini
