// Runs the jobs of a file through a core that Verilator has compiled.
// usage: harness JOBS FOLDER
// FOLDER receives accepted_at, emitted_at (int64), outputs (chunks of 32 bits), all jobs one after
// the other, `results` (int64: what belongs to which job) and `progress` (decimal).
#include <cinttypes>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "Vcore.h"
#include "bench.h"
#include "pins.h"
#include "verilated.h"

double sc_time_stamp() { return 0; }

namespace {

constexpr std::int64_t kReportEvery = 1 << 16;

// The channel's number counts as the upper bits of the output payload.
using Run = Bench<FXFIR_I_WIDTH, FXFIR_O_WIDTH + FXFIR_O_CHANNEL_WIDTH>;

// Verilator keeps a port in the smallest unsigned type up to 64 bits, a wider one as an array.
template <class Port, std::size_t N>
void drive(Port& port, const std::array<std::uint32_t, N>& data) {
    if constexpr (std::is_integral_v<Port>) {
        std::uint64_t value = data[0];
        if constexpr (N > 1) value |= static_cast<std::uint64_t>(data[1]) << 32;
        port = static_cast<Port>(value);
    } else {
        for (std::size_t k = 0; k < N; ++k) port[k] = data[k];
    }
}

template <class Port, std::size_t N>
void sample(const Port& port, std::array<std::uint32_t, N>& data) {
    data.fill(0);
    if constexpr (std::is_integral_v<Port>) {
        data[0] = static_cast<std::uint32_t>(port);
        if constexpr (N > 1) data[1] = static_cast<std::uint32_t>(std::uint64_t{port} >> 32);
    } else {
        for (std::size_t k = 0; k < chunks(FXFIR_O_WIDTH); ++k) data[k] = port[k];
    }
}

template <std::size_t N>
void put_above(std::array<std::uint32_t, N>& data, unsigned place, std::uint32_t value) {
    for (unsigned bit = 0; value >> bit; ++bit)
        data[(place + bit) / 32] |= (value >> bit & 1u) << (place + bit) % 32;
}

template <std::size_t M, std::size_t N>
std::array<std::uint32_t, M> part(const std::array<std::uint32_t, N>& data, unsigned first,
                                  unsigned width) {
    std::array<std::uint32_t, M> out{};
    for (unsigned bit = 0; bit < width; ++bit) {
        const unsigned place = first + bit;
        out[bit / 32] |= (data[place / 32] >> place % 32 & 1u) << bit % 32;
    }
    return out;
}

// The jobs' file: int64 for all numbers; patterns and payloads fill whole units of 8 bytes.
class Reader {
  public:
    explicit Reader(const char* path) {
        std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "rb"), std::fclose);
        if (!file) throw std::runtime_error(std::string("cannot open ") + path);
        std::int64_t unit = 0;
        while (std::fread(&unit, sizeof unit, 1, file.get()) == 1) units_.push_back(unit);
    }

    std::int64_t number() { return *take(1); }

    template <class T>
    const T* items(std::int64_t count) {
        const auto bytes = static_cast<std::size_t>(count) * sizeof(T);
        return reinterpret_cast<const T*>(take((bytes + 7) / 8));
    }

  private:
    std::vector<std::int64_t> units_;
    std::size_t place_ = 0;

    const std::int64_t* take(std::size_t count) {
        if (count > units_.size() - place_) throw std::runtime_error("the jobs' file ends early");
        place_ += count;
        return units_.data() + (place_ - count);
    }
};

Job read_job(Reader& from) {
    Job job;
    job.n_words = from.number();
    const std::int64_t n_gaps = from.number(), n_stalls = from.number(), n_resets = from.number();
    job.reset_clocks = from.number();
    job.reset_first = from.number() != 0;
    job.patience = from.number();
    job.wait = from.number();
    job.drain = from.number();
    job.seed = static_cast<std::uint64_t>(from.number());
    const auto* gaps = from.items<std::uint8_t>(n_gaps);
    job.gaps.assign(gaps, gaps + n_gaps);
    const auto* stalls = from.items<std::uint8_t>(n_stalls);
    job.stalls.assign(stalls, stalls + n_stalls);
    const auto* resets = from.items<std::int64_t>(n_resets);
    job.resets.assign(resets, resets + n_resets);
    job.words = from.items<std::uint32_t>(
        job.n_words * static_cast<std::int64_t>(chunks(FXFIR_I_WIDTH)));
    return job;
}

class Files {
  public:
    explicit Files(const std::string& folder) : folder_(folder) {
        sinks = {open("accepted_at"), open("emitted_at"), open("outputs")};
        results_ = open("results");
        progress_ = open("progress");
    }

    void report(std::int64_t taken) {
        std::rewind(progress_);
        std::fprintf(progress_, "%" PRId64, taken);
        std::fflush(progress_);
    }

    void write(const Run& run) {
        std::vector<std::int64_t> row{run.n_accepted, run.n_emitted, run.startup, run.edge,
                                      run.idle, static_cast<std::int64_t>(run.faults.size())};
        for (const auto& [edge, rule] : run.faults) row.insert(row.end(), {edge, rule});
        std::fwrite(row.data(), sizeof(std::int64_t), row.size(), results_);
    }

    // A full disk must not look like a short simulation.
    void close() {
        for (std::FILE* file : all_)
            if (std::ferror(file) || std::fclose(file))
                throw std::runtime_error("cannot write to " + folder_);
    }

    Sinks sinks{};

  private:
    std::string folder_;
    std::vector<std::FILE*> all_;
    std::FILE *results_ = nullptr, *progress_ = nullptr;

    std::FILE* open(const char* name) {
        std::FILE* file = std::fopen((folder_ + "/" + name).c_str(), "wb");
        if (!file) throw std::runtime_error("cannot write to " + folder_);
        all_.push_back(file);
        return file;
    }
};

// One simulation from power-up on. Registers without an initial value start at random.
class Simulation {
  public:
    explicit Simulation(std::uint64_t seed) {
        context_.randReset(2);
        // Verilator takes a positive int.
        context_.randSeed(static_cast<int>(1 + seed % 0x7ffffffeULL));
        core_ = std::make_unique<Vcore>(&context_, "");
    }
    ~Simulation() { core_->final(); }

    void run(Run& bench, std::int64_t before, Files& files) {
        drive_all(bench);
        Run::Output out{};
        std::int64_t reported = 0;
        for (bool going = true; going;) {
            const bool out_valid = core_->FXFIR_O_VALID;
            if (out_valid) sample(core_->FXFIR_O_DATA, out);
#ifdef FXFIR_O_CHANNEL
            if (out_valid) put_above(out, FXFIR_O_WIDTH, core_->FXFIR_O_CHANNEL);
#endif
#ifdef FXFIR_I_READY
            going = bench.step(core_->FXFIR_I_READY, out_valid, out);
#else
            going = bench.step(true, out_valid, out);
#endif
            core_->FXFIR_CLOCK = 1;
            core_->eval();
            drive_all(bench);
            if (bench.next >= reported + kReportEvery) {
                reported = bench.next;
                files.report(before + reported);
            }
        }
    }

  private:
    VerilatedContext context_;
    std::unique_ptr<Vcore> core_;

    // Inputs move after the rising edge; the outputs that depend on them settle in the low phase.
    void drive_all(const Run& bench) {
        core_->FXFIR_RESET = bench.reset ? FXFIR_RESET_ACTIVE : !FXFIR_RESET_ACTIVE;
        core_->FXFIR_I_VALID = bench.valid;
#ifdef FXFIR_I_SET
        // The number of the set is above the data.
        auto data = part<chunks(FXFIR_I_DATA_WIDTH)>(bench.data, 0, FXFIR_I_DATA_WIDTH);
        drive(core_->FXFIR_I_DATA, data);
        drive(core_->FXFIR_I_SET, part<1>(bench.data, FXFIR_I_DATA_WIDTH, FXFIR_I_SET_WIDTH));
#else
        drive(core_->FXFIR_I_DATA, bench.data);
#endif
#ifdef FXFIR_O_READY
        core_->FXFIR_O_READY = bench.ready;
#endif
        core_->FXFIR_CLOCK = 0;
        core_->eval();
    }
};

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 3) throw std::runtime_error("usage: harness JOBS FOLDER");
    Reader from(argv[1]);
    Files files(argv[2]);
    std::unique_ptr<Simulation> simulation;
    std::int64_t taken = 0;
    for (std::int64_t left = from.number(); left > 0; --left) {
        const Job job = read_job(from);
        if (!simulation || !job.reset_first) simulation = std::make_unique<Simulation>(job.seed);
        Run bench(job, files.sinks);
        simulation->run(bench, taken, files);
        files.write(bench);
        taken += bench.next;
    }
    files.close();
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
}
