    def add(self, name, layer):
        """Adds a layer under its name: "conv[2].lateral" is the layer "lateral" of the group "conv[2]"."""
        group, _, last = name.rpartition(".")
        if group and group not in self._modules:
            self.add_module(group, nn.ModuleDict())
        (self.get_submodule(group) if group else self).add_module(last, layer)

    def layer(self, name):
        return self.get_submodule(name)
