"""Filter bank features as Kaldi computes them, which speaker encoders of others expect."""

from typing import Final, Literal

import kaldi_native_fbank
import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import SAMPLE_RATE, Samples

BANDS: Final = 80
_INT16: Final = np.float32(32_768)

Taper = Literal["hamming", "povey"]


def compute_fbank(samples: Samples, taper: Taper, *, as_int16: bool) -> npt.NDArray[np.float32]:
    """Logarithmic energies without their mean over time, float32 [frames, 80].

    Frames are 25 ms long and 10 ms apart, without dither.

    Args:
        samples: float32 [T] at 16 kHz in [-1, 1], at least 25 ms.
        taper: The window function.
        as_int16: Whether the network was trained on samples in the range of 16 bits.
    """
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE
    options.frame_opts.dither = 0
    options.frame_opts.window_type = taper
    options.mel_opts.num_bins = BANDS
    computer = kaldi_native_fbank.OnlineFbank(options)
    computer.accept_waveform(SAMPLE_RATE, samples * _INT16 if as_int16 else samples)
    computer.input_finished()
    energies = np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)])
    return np.asarray(energies - energies.mean(axis=0), np.float32)
