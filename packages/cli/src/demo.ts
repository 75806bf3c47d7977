console.log('Thousand Island: the demo is still to come');
