"""PPO on CartPole-v1 by Stable-Baselines3 with its defaults: one environment, its own networks and optimiser."""

import gymnasium
from stable_baselines3 import PPO

STEPS = 20_480
SEED = 1


class CartPole:
    def __init__(self):
        # The first training of a process also pays for its imports; a rollout of 2,048 steps is the least there is.
        self.train(1)

    def train(self, steps):
        model = PPO("MlpPolicy", gymnasium.make("CartPole-v1"), device="cpu", seed=SEED, verbose=0)
        model.learn(steps)
        return model

    def call(self):
        """Mean length of the last episodes, 100 at most, that a whole training ended with."""
        episodes = self.train(STEPS).ep_info_buffer
        return sum(episode["l"] for episode in episodes) / len(episodes)

    def check(self):
        return [self.call()]
