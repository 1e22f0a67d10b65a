"""The models as PyTorch modules with the names of the model files."""
import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional as f


class Block(nn.Module):
    def __init__(self, conv, channels):
        super().__init__()
        self.conv, self.norm = conv, nn.BatchNorm2d(channels)

    def forward(self, x):
        return f.relu(self.norm(self.conv(x)))


def encoder_block(i, o):
    return Block(nn.Conv2d(i, o, 3, padding=1), o)


def decoder_block(i, o):
    return Block(nn.ConvTranspose2d(i, o, 3, stride=2, padding=1, output_padding=1), o)


class Cdae(nn.Module):
    def __init__(self, channels, latent):
        super().__init__()
        a, b, c = channels
        self.inner = c
        self.encoder, self.decoder = nn.Module(), nn.Module()
        self.encoder.block1, self.encoder.block2, self.encoder.block3 = encoder_block(1, a), encoder_block(a, b), encoder_block(b, c)
        self.encoder.latent, self.decoder.latent = nn.Linear(9 * c, latent), nn.Linear(latent, 9 * c)
        self.decoder.block1, self.decoder.block2, self.decoder.block3 = decoder_block(c, b), decoder_block(b, a), decoder_block(a, a)
        self.decoder.output = nn.Conv2d(a, 1, 3, padding=1)

    def forward(self, x):
        e, d = self.encoder, self.decoder
        for block in (e.block1, e.block2, e.block3):
            x = f.max_pool2d(block(x), 2)
        x = d.latent(e.latent(x.flatten(1))).view(-1, self.inner, 3, 3)
        for block in (d.block1, d.block2, d.block3):
            x = block(x)
        return f.interpolate(torch.sigmoid(d.output(x)), size=(28, 28), mode="bilinear", align_corners=False)


def plain_block(i, o):
    return Block(nn.Conv2d(i, o, 3, padding=1, bias=False), o)


class Level(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.block1, self.block2 = plain_block(i, o), plain_block(o, o)

    def forward(self, x):
        return self.block2(self.block1(x))


class Unet(nn.Module):
    def __init__(self, channels):
        super().__init__()
        a, b, c = channels
        self.encoder, self.decoder = nn.Module(), nn.Module()
        self.encoder.level1, self.encoder.level2, self.encoder.level3 = Level(1, a), Level(a, b), Level(b, c)
        self.decoder.up2, self.decoder.level2 = nn.ConvTranspose2d(c, b, 2, stride=2), Level(2 * b, b)
        self.decoder.up1, self.decoder.level1 = nn.ConvTranspose2d(b, a, 2, stride=2), Level(2 * a, a)
        self.decoder.output = nn.Conv2d(a, 1, 1)

    def forward(self, x):
        e, d = self.encoder, self.decoder
        whole = e.level1(x)
        half = e.level2(f.max_pool2d(whole, 2))
        x = e.level3(f.max_pool2d(half, 2))
        x = d.level2(torch.cat([d.up2(x), half], 1))
        x = d.level1(torch.cat([d.up1(x), whole], 1))
        return self.finish(d.output(x))

    def finish(self, x):
        return torch.sigmoid(x)


class ResidualUnet(Unet):
    """Predicts the noise."""

    def forward(self, x):
        clean = x - super().forward(x)
        return clean if self.training else clean.clamp(0, 1)

    def finish(self, x):
        return x


KINDS = {"unet": Unet, "residual_unet": ResidualUnet}


def load(path):
    """A model from its file."""
    file = safe_open(path, "pt")
    metadata = file.metadata()
    channels = [int(number) for number in metadata["filters"].split(",")]
    kind = metadata["model"]
    model = Cdae(channels, int(metadata["latent_dim"])) if kind == "cdae" else KINDS[kind](channels)
    missing, unexpected = model.load_state_dict({name: file.get_tensor(name) for name in file.keys()}, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    return model


def trained(model):
    """The parameters that are trained here: biases that normalisation subtracts are not."""
    return [p for name, p in model.named_parameters() if not name.endswith("conv.bias")]
