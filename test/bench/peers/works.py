"""The works in eager PyTorch with fused Adam: the same losses of the same weights and inputs as in works.ts.

Weights come as ours have them, [inputs, outputs]; torch.nn.functional.linear wants them transposed.
"""

import torch
import torch.nn.functional as F

LEARNING_RATE = 3e-4
BETAS = (0.9, 0.999)
EPSILON = 1e-5
CHECKED_UPDATES = 3


class Update:
    """A loss, its gradients and one step of Adam."""

    maximum_norm = None

    def learn(self, parameters):
        self.parameters = [parameter.contiguous().requires_grad_() for parameter in parameters]
        self.adam = torch.optim.Adam(self.parameters, lr=LEARNING_RATE, betas=BETAS, eps=EPSILON, fused=True)
        return self.parameters

    def call(self):
        self.adam.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        if self.maximum_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.maximum_norm, foreach=True)
        self.adam.step()
        return loss.detach()

    def check(self):
        return [self.call().item() for _ in range(CHECKED_UPDATES)]


def layers(parameters, name, count):
    """Weights [outputs, inputs] and biases in turn."""
    result = []
    for layer in range(count):
        result += [parameters[f"{name}/{layer}/weight"].T, parameters[f"{name}/{layer}/bias"]]
    return result


def forward(x, parameters, activation):
    last = len(parameters) - 2
    for i in range(0, last, 2):
        x = activation(F.linear(x, parameters[i], parameters[i + 1]))
    return F.linear(x, parameters[last], parameters[last + 1])


def surrogate(log_probability, old, advantage, clip=0.2):
    """PPO's clipped surrogate, advantages normalised within the minibatch."""
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    ratio = torch.exp(log_probability - old)
    return -torch.min(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()


class PpoMinibatch(Update):
    maximum_norm = 0.5

    def __init__(self, parameters, inputs):
        both = self.learn(layers(parameters, "actor", 3) + layers(parameters, "critic", 3))
        self.actor, self.critic = both[:6], both[6:]
        self.inputs = inputs
        self.actions = inputs["action"].long()

    def loss(self):
        inputs = self.inputs
        log_softmax = F.log_softmax(forward(inputs["observation"], self.actor, torch.tanh), dim=1)
        log_probability = log_softmax.gather(1, self.actions).squeeze(1)
        policy = surrogate(log_probability, inputs["logProbability"], inputs["advantage"])
        entropy = -(log_softmax.exp() * log_softmax).sum(1).mean()
        value = forward(inputs["observation"], self.critic, torch.tanh).squeeze(1)
        return policy + 0.5 * F.mse_loss(value, inputs["return"]) - 0.01 * entropy


class PolicyStep:
    """Logits of one observation and a draw from their softmax, the action as a Python number.

    The fastest of the ways tried: a vector instead of a batch of one (a third faster than linear), and the largest of
    logit - log e with e exponential (Gumbel's trick; a quarter of the time of softmax and multinomial).
    """

    def __init__(self, parameters, inputs):
        self.parameters = [parameter.contiguous() for parameter in layers(parameters, "actor", 3)]
        self.observation = inputs["observation"].flatten()
        self.noise = torch.empty_like(self.logits())

    @torch.inference_mode()
    def logits(self):
        weight0, bias0, weight1, bias1, weight2, bias2 = self.parameters
        hidden = torch.addmv(bias0, weight0, self.observation).tanh_()
        hidden = torch.addmv(bias1, weight1, hidden).tanh_()
        return torch.addmv(bias2, weight2, hidden)

    @torch.inference_mode()
    def call(self):
        return (self.logits() - self.noise.exponential_().log_()).argmax().item()

    def check(self):
        return self.logits().tolist()


class Mlp(Update):
    def __init__(self, parameters, inputs, activation, count):
        self.learn(layers(parameters, "mlp", count))
        self.x = inputs["x"]
        self.target = inputs["target"].view(len(self.x), -1)
        self.activation = activation

    def loss(self):
        return F.mse_loss(forward(self.x, self.parameters, self.activation), self.target)


class Gru(Update):
    """Sequences step by step: x [T B, features]."""

    steps = 10

    def __init__(self, parameters, inputs):
        units = parameters["gru/weight"].shape[0]
        self.gru = torch.nn.GRU(parameters["gru/input/weight"].shape[0], units)
        # Ours has the gates of the input in the order n, r, z; those of the state in PyTorch's own: r, z, n.
        order = [*range(units, 3 * units), *range(units)]
        values = {
            "weight_ih_l0": parameters["gru/input/weight"].T[order],
            "bias_ih_l0": parameters["gru/input/bias"][order],
            "weight_hh_l0": parameters["gru/weight"].T,
            "bias_hh_l0": parameters["gru/bias"],
        }
        with torch.no_grad():
            for name, value in values.items():
                getattr(self.gru, name).copy_(value)
        self.head = self.learn([*self.gru.parameters(), *layers(parameters, "head", 1)])[4:]
        batch = len(inputs["x"]) // self.steps
        self.x = inputs["x"].view(self.steps, batch, -1)
        self.target = inputs["target"].view(self.steps, batch, -1)

    def loss(self):
        output, _ = self.gru(self.x)
        return F.mse_loss(F.linear(output, *self.head), self.target)


class Attention(Update):
    """A pre-norm block over the users of an example, then pointer logits over them: x [B users, features]."""

    heads = 4
    names = ("embed", "queries keys values", "output", "wide", "narrow", "pointer/query", "pointer/key")

    def __init__(self, parameters, inputs):
        # One product for queries, keys and values is faster here than three.
        for kind in ("weight", "bias"):
            parts = [parameters[f"{part}/0/{kind}"] for part in ("query", "key", "value")]
            parameters[f"queries keys values/0/{kind}"] = torch.cat(parts, dim=-1)
        norms = [parameters[f"norm {i}/{part}"] for i in range(2) for part in ("gain", "bias")]
        flat = self.learn([p for name in self.names for p in layers(parameters, name, 1)] + norms)
        self.dense = {name: flat[2 * i : 2 * i + 2] for i, name in enumerate(self.names)}
        self.norms = [flat[-4:-2], flat[-2:]]
        self.inputs = inputs
        self.actions = inputs["action"].long()
        self.x = inputs["x"].view(len(self.actions), -1, inputs["x"].shape[1])

    def loss(self):
        x = F.linear(self.x, *self.dense["embed"])
        batch, users, width = x.shape

        normal = F.layer_norm(x, (width,), *self.norms[0])
        parts = F.linear(normal, *self.dense["queries keys values"])
        parts = parts.view(batch, users, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2])
        x = x + F.linear(mixed.transpose(1, 2).reshape(batch, users, width), *self.dense["output"])

        normal = F.layer_norm(x, (width,), *self.norms[1])
        x = x + F.linear(torch.relu(F.linear(normal, *self.dense["wide"])), *self.dense["narrow"])

        query = F.linear(x.mean(dim=1), *self.dense["pointer/query"])
        keys = F.linear(x, *self.dense["pointer/key"])
        logits = torch.bmm(keys, query.unsqueeze(2)).squeeze(2) / width**0.5
        log_probability = F.log_softmax(logits, dim=1).gather(1, self.actions).squeeze(1)
        return surrogate(log_probability, self.inputs["logProbability"], self.inputs["advantage"])


WORKS = {
    "ppo-minibatch": PpoMinibatch,
    "policy-step": PolicyStep,
    "mlp-h256-b256": lambda parameters, inputs: Mlp(parameters, inputs, torch.tanh, 3),
    "gru-64": Gru,
    "attention-50": Attention,
}
