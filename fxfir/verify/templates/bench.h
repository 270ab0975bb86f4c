// The clocked bench of fxfir/verify/bench.py once more, for compiled simulations: what to drive
// after each edge, what to note at it. Both must see the same at every edge; the tests compare
// them. Sentences of broken rules stay in Python: here they are numbers (rules.h).
#ifndef FXFIR_BENCH_H
#define FXFIR_BENCH_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "rules.h"

constexpr std::size_t chunks(unsigned width) { return (width + 31) / 32; }

// A payload in chunks of 32 bits, lowest first.
template <unsigned Width>
using Payload = std::array<std::uint32_t, chunks(Width)>;

struct Job {
    const std::uint32_t* words = nullptr;  // n_words payloads, padding included
    std::int64_t n_words = 0;
    std::vector<std::uint8_t> gaps, stalls;  // never empty; repeated for ever
    std::vector<std::int64_t> resets;        // ascending
    std::int64_t reset_clocks = 1, patience = 0, wait = 0, drain = 0;
    std::uint64_t seed = 1;
    bool reset_first = true;
};

// What a run leaves on disk, in the order in which it happens.
struct Sinks {
    std::FILE *accepted_at, *emitted_at, *outputs;
};

template <unsigned InputWidth, unsigned OutputWidth>
class Bench {
  public:
    using Input = Payload<InputWidth>;
    using Output = Payload<OutputWidth>;

    bool valid = false, reset = false, ready = false;
    Input data = mask();
    std::int64_t edge = 0, next = 0, idle = 0, startup = -1;
    std::int64_t n_accepted = 0, n_emitted = 0;
    std::vector<std::pair<std::int64_t, std::int64_t>> faults;  // edge, rule

    Bench(const Job& job, const Sinks& sinks) : job_(job), sinks_(sinks) {
        if (job.reset_first) edge = -job.reset_clocks;
        gap_ = at(job.gaps);
        stall_ = at(job.stalls);
        reset = in_reset();
        offer();
    }

    // Note one rising edge, with the values just before it, and decide what to drive after it;
    // false once the job is over. `out` is looked at only while `out_valid`.
    bool step(bool in_ready, bool out_valid, const Output& out) {
        bool moved = false;
        if (reset) {
            if (out_valid && settled_) fault(VALID_IN_RESET);
            settled_ = true;
            shy_ = 0;
            holding_ = false;
            inside_ = 0;
        } else {
            settled_ = false;
            if (in_ready) {
                if (startup < 0 && edge >= 0) startup = edge;
                if (valid) {
                    put(sinks_.accepted_at, edge);
                    ++n_accepted;
                    ++inside_;
                    valid = false;
                    ++next;
                    moved = true;
                }
            }
            if (out_valid) {
                if (holding_ && out != held_) fault(PAYLOAD_MOVES);
                if (ready) {
                    std::fwrite(out.data(), sizeof(std::uint32_t), out.size(), sinks_.outputs);
                    put(sinks_.emitted_at, edge);
                    ++n_emitted;
                    idle += waiting_;
                    waiting_ = 0;
                    holding_ = false;
                    --inside_;
                    moved = true;
                } else {
                    held_ = out;
                    holding_ = true;
                }
            } else {
                if (holding_) fault(VALID_DROPS);
                holding_ = false;
                if (ready && n_emitted) ++waiting_;
            }
            // A core that waits for ready before it raises valid would wait for ever here.
            shy_ = ready || out_valid || inside_ <= 0 ? 0 : shy_ + 1;
            if (shy_ == job_.wait + 1) fault(VALID_WAITS);
        }
        quiet_ = moved ? 0 : quiet_ + 1;
        ++edge;
        if (++gap_ == job_.gaps.size()) gap_ = 0;
        if (++stall_ == job_.stalls.size()) stall_ = 0;
        reset = in_reset();
        offer();
        return !over();
    }

  private:
    static constexpr std::size_t kMostFaults = 100;
    static constexpr std::int64_t kMostExtra = 16;

    const Job& job_;
    const Sinks& sinks_;
    std::size_t gap_ = 0, stall_ = 0, reset_ = 0;
    std::int64_t waiting_ = 0, shy_ = 0, quiet_ = 0, inside_ = 0;
    bool settled_ = false, holding_ = false;
    Output held_{};

    static constexpr Input mask() {
        Input m{};
        for (auto& chunk : m) chunk = ~std::uint32_t{0};
        if (InputWidth % 32) m.back() = (std::uint32_t{1} << (InputWidth % 32)) - 1;
        return m;
    }

    static void put(std::FILE* file, std::int64_t value) {
        std::fwrite(&value, sizeof value, 1, file);
    }

    // The place of this edge, which may be negative, in a pattern.
    std::size_t at(const std::vector<std::uint8_t>& pattern) const {
        const auto period = static_cast<std::int64_t>(pattern.size());
        return static_cast<std::size_t>(((edge % period) + period) % period);
    }

    bool in_reset() {
        if (edge < 0) return true;
        while (reset_ < job_.resets.size() && job_.resets[reset_] + job_.reset_clocks <= edge)
            ++reset_;
        return reset_ < job_.resets.size() && job_.resets[reset_] <= edge;
    }

    void flip() {
        constexpr Input all = mask();
        for (std::size_t k = 0; k < data.size(); ++k) data[k] ^= all[k];
    }

    void offer() {
        ready = !job_.stalls[stall_];
        if (valid) return;
        if (next >= job_.n_words) return flip();
        const std::uint32_t* word = job_.words + next * static_cast<std::int64_t>(data.size());
        for (std::size_t k = 0; k < data.size(); ++k) data[k] = word[k];
        // While nothing is offered the payload is wrong: a core that takes it is found out.
        if (job_.gaps[gap_]) return flip();
        valid = true;
    }

    bool over() {
        if (faults.size() >= kMostFaults) return true;
        if (!job_.resets.empty() && edge <= job_.resets.back()) return false;
        if (inside_ < -kMostExtra) {
            fault(TOO_MANY);
            return true;
        }
        if (next >= job_.n_words && inside_ <= 0) return quiet_ >= job_.drain;
        if (quiet_ >= job_.patience) {
            fault(NO_TRANSFER);
            return true;
        }
        return false;
    }

    void fault(Rule rule) { faults.emplace_back(edge, static_cast<std::int64_t>(rule)); }
};

#endif
